namespace Semel.Client.Consuming;

/// <summary>A run of records of one chunk, which is held.</summary>
internal readonly record struct ChunkSlice(DecodedChunk Chunk, int From, int Count);

internal enum PeekResult
{
    Nothing,
    Record,
    End,
}

/// <summary>What one pull took: runs of records, and partitions whose end was reached.</summary>
internal sealed class PulledRecords
{
    readonly List<ChunkSlice> _slices = new(1);
    List<TopicPartitionOffset>? _ends;

    public IReadOnlyList<ChunkSlice> Slices => _slices;
    public IReadOnlyList<TopicPartitionOffset> Ends => _ends ?? (IReadOnlyList<TopicPartitionOffset>)[];
    public int Count { get; private set; }
    public bool IsEmpty => Count == 0 && _ends is null;

    public void Add(in ChunkSlice slice)
    {
        _slices.Add(slice);
        Count += slice.Count;
    }

    public void AddEnd(in TopicPartitionOffset end) => (_ends ??= []).Add(end);

    public void Release()
    {
        foreach (var slice in _slices) slice.Chunk.Release();
        _slices.Clear();
    }
}
