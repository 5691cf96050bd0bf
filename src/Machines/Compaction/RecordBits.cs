namespace Semel.Machines.Compaction;

/// <summary>One bit for each of very many records.</summary>
sealed class RecordBits
{
    const int ChunkBits = 1 << 20, WordBits = 64;

    readonly ulong[][] _chunks;

    public RecordBits(long count = 0)
    {
        _chunks = new ulong[(count + ChunkBits - 1) / ChunkBits][];
        for (var chunk = 0; chunk < _chunks.Length; chunk++) _chunks[chunk] = new ulong[ChunkBits / WordBits];
    }

    public bool this[long at] => (_chunks[at / ChunkBits][at % ChunkBits / WordBits] >> (int)(at % WordBits) & 1) != 0;

    public void Set(long at) => _chunks[at / ChunkBits][at % ChunkBits / WordBits] |= 1UL << (int)(at % WordBits);
}
