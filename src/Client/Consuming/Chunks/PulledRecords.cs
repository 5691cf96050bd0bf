namespace Semel.Client.Consuming.Chunks;

/// <summary>A run of records of one chunk, which is held.</summary>
internal readonly record struct ChunkSlice(DecodedChunk Chunk, int From, int Count);

internal enum PeekResult
{
    Nothing,
    Record,
    End,
}

/// <summary>What one pull took: runs of records, mostly one, and partitions whose end was reached.</summary>
internal struct PulledRecords
{
    ChunkSlice _first;
    List<ChunkSlice>? _more;
    List<TopicPartitionOffset>? _ends;

    public readonly IReadOnlyList<TopicPartitionOffset> Ends => _ends ?? (IReadOnlyList<TopicPartitionOffset>)[];
    public int Count { get; private set; }
    public int SliceCount { get; private set; }
    public readonly bool IsEmpty => Count == 0 && _ends is null;

    public readonly ChunkSlice this[int slice] => slice == 0 ? _first : _more![slice - 1];

    public void Add(in ChunkSlice slice)
    {
        if (SliceCount++ == 0) _first = slice;
        else (_more ??= []).Add(slice);
        Count += slice.Count;
    }

    public void AddEnd(in TopicPartitionOffset end) => (_ends ??= []).Add(end);

    public readonly void Release()
    {
        for (var slice = 0; slice < SliceCount; slice++) this[slice].Chunk.Release();
    }
}
