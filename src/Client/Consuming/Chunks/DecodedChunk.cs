using Semel.Client.Connections;
using Semel.Protocol.Records;

namespace Semel.Client.Consuming.Chunks;

/// <summary>
/// Records of one partition that only wait to be handed out, as a table of places in memory that this chunk holds: part of a fetch answer, and what
/// was decompressed of it. The memory lives until the chunk was handed out and every pull that has a share of it has let go.
/// What it decompressed is counted as long as it has it. Filled by one decoder, then read only; <see cref="Taken"/> belongs to the record source's lock.
/// </summary>
/// <param name="granted">What was taken of the memory for it already.</param>
internal sealed class DecodedChunk(PartitionFeed feed, int epoch, FetchMemory memory, long granted)
{
    /// <summary>The tables of all consumers of the process; one for a mebibyte of small records is itself half of that.</summary>
    static readonly BufferPool<RecordEntry> Tables = new(retainedBytesMax: 32L << 20);

    readonly List<BatchMemory> _batches = [];
    List<DecompressedBatch>? _decompressed;
    RecordEntry[] _entries = [];
    FetchedFrame? _frame;
    long _taken = granted, _decompressedBytes;
    int _holders = 1;

    public PartitionFeed Feed => feed;
    public int Epoch => epoch;
    public int Count { get; private set; }
    /// <summary>How many were handed out.</summary>
    public int Taken { get; set; }
    public int Left => Count - Taken;
    /// <summary>Where the position stands when all were handed out; past markers, aborted records and holes.</summary>
    public long NextOffset { get; set; }
    public ChunkEnding Ending { get; set; }
    /// <summary>Of the fetch answer, for <see cref="PartitionFeed.BufferedBytes"/>.</summary>
    public int FetchedBytes { get; set; }
    public long DecompressedBytes => _decompressedBytes;

    public ref readonly RecordEntry this[int index] => ref _entries[index];
    public BatchMemory Memory(in RecordEntry entry) => _batches[entry.Batch];

    public ReadOnlySpan<byte> Key(in RecordEntry entry) => entry.KeyLength > 0 ? _batches[entry.Batch].Bytes.AsSpan(entry.KeyAt, entry.KeyLength) : default;
    public ReadOnlySpan<byte> Value(in RecordEntry entry) => entry.ValueLength > 0 ? _batches[entry.Batch].Bytes.AsSpan(entry.ValueAt, entry.ValueLength) : default;
    public RecordHeaderEnumerator Headers(in RecordEntry entry) => new(_batches[entry.Batch].Bytes.AsSpan(entry.HeadersAt, entry.HeadersLength), entry.HeaderCount);

    // Filling

    /// <summary>Makes room for a batch's records, whose bytes are in <paramref name="memory"/>.</summary>
    public int AddBatch(BatchMemory memory, int recordCount)
    {
        _batches.Add(memory);
        if (_entries.Length - Count < recordCount) Grow(Count + recordCount);
        return _batches.Count - 1;
    }

    public ref RecordEntry Add()
    {
        if (Count == _entries.Length) Grow(Count + 1);
        return ref _entries[Count++];
    }

    void Grow(int wanted)
    {
        var larger = Tables.Rent(Math.Max(wanted, Math.Max(64, _entries.Length * 2)));
        _entries.AsSpan(0, Count).CopyTo(larger);
        if (_entries.Length > 0) Tables.Return(_entries);
        _entries = larger;
    }

    /// <summary>Takes back the records of a batch that turned out to be damaged in its middle.</summary>
    public void RemoveFrom(int count) => Count = count;

    /// <summary>Takes memory for what will be decompressed.</summary>
    /// <returns>False when there is not enough.</returns>
    public bool TryTake(long expected)
    {
        var missing = expected - (_taken - _decompressedBytes);
        if (missing <= 0) return true;
        if (!memory.TryTake(missing)) return false;
        _taken += missing;
        return true;
    }

    /// <summary>Keeps what was decompressed; counted as what it is, whatever was expected.</summary>
    public void Own(DecompressedBatch batch)
    {
        (_decompressed ??= []).Add(batch);
        _decompressedBytes += batch.Area.Length;
        if (_decompressedBytes <= _taken) return;
        memory.Take(_decompressedBytes - _taken);
        _taken = _decompressedBytes;
    }

    /// <summary>Nothing more will be decompressed: what was taken in vain is given back.</summary>
    public void EndFilling()
    {
        var surplus = _taken - _decompressedBytes;
        _taken = _decompressedBytes;
        if (surplus > 0) memory.ReleaseDecompressed(surplus);
    }

    public void Own(FetchedFrame frame) => _frame = frame;

    // Letting go

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        if (_entries.Length > 0) Tables.Return(_entries);
        _entries = [];
        _batches.Clear();
        if (_decompressed is not null)
            foreach (var batch in _decompressed) batch.Dispose();
        if (_taken > 0) memory.ReleaseDecompressed(_taken);
        _frame?.Release();
    }
}
