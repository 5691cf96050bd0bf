using System.Buffers.Binary;
using Semel.Client.Consuming;
using Semel.Log;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Reads one partition as clients do: what is durable, and beside it what is committed, with the list of aborted transactions and nothing else to tell by.
/// What was seen once is there for ever, and bounds never go back.
/// </summary>
internal sealed class CommittedReader(TransactionWorld world, TransactionOracle oracle, string name, SimulatedRandom random)
{
    const int ReadBytes = 1 << 20;

    /// <summary>One batch as it lies in the log.</summary>
    readonly record struct SeenBatch(long BaseOffset, long NextOffset, ProducerId ProducerId, ProducerEpoch Epoch, bool IsTransactional,
        ControlRecordType? Control, long FirstId);

    readonly List<SeenBatch> _batches = [];
    readonly SortedDictionary<long, long> _committed = [];
    readonly Dictionary<ProducerId, long> _markers = [];
    PartitionView _last = PartitionView.Empty;
    ILog? _log;
    long _readTo, _committedTo;

    /// <summary>The ids of the records that were shown to readers of committed ones, by offset.</summary>
    public IReadOnlyDictionary<long, long> Committed => _committed;

    public PartitionView Last => _last;

    /// <summary>How much of the log readers of committed records have passed.</summary>
    public long CommittedTo => _committedTo;

    /// <summary>Everything in a view is shown to readers, so it is read.</summary>
    public void Observe(PartitionView view, ILog log)
    {
        if (view.LogStartOffset > view.LastStableOffset || view.LastStableOffset > view.HighWatermark) Fail($"the bounds are out of order: {view}");
        if (view.HighWatermark < _last.HighWatermark) Fail($"the high watermark went back from {_last.HighWatermark} to {view.HighWatermark}");
        if (view.LastStableOffset < _last.LastStableOffset) Fail($"the last stable offset went back from {_last.LastStableOffset} to {view.LastStableOffset}");
        if (log != _log) CompareAll(view, log);
        _log = log;
        _last = view;
        while (_readTo < view.HighWatermark) ReadNew(log, view.HighWatermark);
        while (_committedTo < view.LastStableOffset) _committedTo = ReadCommitted(view, log, _committedTo, Show);
    }

    /// <summary>A record is decided, and cannot be shown yet because somebody else has a transaction open that began before it.</summary>
    public bool IsHeldBackByOthers(long offset, ProducerId producerId) =>
        offset >= 0 && _markers.GetValueOrDefault(producerId, -1) > offset && _last.OpenTransactions.FirstOffset < offset;

    void ReadNew(ILog log, long end)
    {
        foreach (var seen in Read(log, _readTo, end))
        {
            if (seen.BaseOffset != _readTo) Fail($"the log goes on at {seen.BaseOffset}, not at {_readTo}");
            _batches.Add(seen);
            _readTo = seen.NextOffset;
            if (seen.Control is not null) _markers[seen.ProducerId] = seen.BaseOffset;
            if (seen.Control is null) oracle.Written(name, seen.FirstId, seen.BaseOffset, seen.NextOffset);
        }
    }

    List<SeenBatch> Read(ILog log, long from, long end)
    {
        using var read = log.Read(from, end, ReadBytes);
        if (read.Bytes.IsEmpty) Fail($"the log has no batch at {from}, although its high watermark is {end}");
        var seen = new List<SeenBatch>();
        foreach (var batch in RecordBatches.Split(read.Bytes)) seen.Add(Seen(batch.Bytes.Span));
        return seen;
    }

    static SeenBatch Seen(ReadOnlySpan<byte> batch)
    {
        RecordBatchHeader.TryRead(batch, out var header);
        ControlRecordType? control = header.Attributes.IsControl ? ControlRecord.Read(batch).Type : null;
        return new(header.BaseOffset, header.NextOffset, header.ProducerId, header.ProducerEpoch, header.Attributes.IsTransactional, control,
            control is null ? IdOf(batch) : -1);
    }

    static long IdOf(ReadOnlySpan<byte> batch)
    {
        using var records = new RecordBatchReader(batch);
        return records.MoveNext() && records.Value.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(records.Value) : -1;
    }

    /// <summary>A process began: everything is there again, the same, in both readings.</summary>
    void CompareAll(PartitionView view, ILog log)
    {
        if (view.HighWatermark < _readTo) Fail($"the log ends at {view.HighWatermark}, readers have seen up to {_readTo}");
        for (var (next, from) = (0, 0L); from < _readTo;)
        {
            foreach (var seen in Read(log, from, _readTo))
            {
                if (_batches[next] != seen) Fail($"at {seen.BaseOffset} is {seen}, readers have seen {_batches[next]}");
                next++;
                from = seen.NextOffset;
            }
        }
        var again = new List<(long, long)>();
        for (var from = 0L; from < _committedTo;) from = ReadCommitted(view, log, from, (offset, id) => again.Add((offset, id)), _committedTo);
        if (!again.SequenceEqual(_committed.Select(static shown => (shown.Key, shown.Value))))
            Fail("committed records are not those that were shown before the restart");
    }

    /// <summary>One fetch of a reader of committed records, and what its client makes of it.</summary>
    /// <returns>Where it goes on.</returns>
    long ReadCommitted(PartitionView view, ILog log, long from, Action<long, long> show, long? bound = null)
    {
        var wanted = random.Between(1, 4);
        var end = Math.Min(bound ?? view.LastStableOffset, view.LastStableOffset);
        using var read = log.Read(from, end, ReadBytes);
        var batches = new List<ReadOnlyMemory<byte>>();
        foreach (var batch in RecordBatches.Split(read.Bytes))
            if (batches.Count < wanted) batches.Add(batch.Bytes);
        var upper = Seen(batches[^1].Span).NextOffset;
        var filter = new ReadCommittedFilter(view.AbortedTransactions.Between(from, upper).Select(static one => new Client.Consuming.AbortedTransaction(one.ProducerId, one.FirstOffset)));
        foreach (var bytes in batches)
        {
            RecordBatchHeader.TryRead(bytes.Span, out var header);
            if (filter.Judge(header, bytes.Span) != BatchVerdict.Deliver) continue;
            using var records = new RecordBatchReader(bytes.Span);
            while (records.MoveNext()) show(records.Offset, BinaryPrimitives.ReadInt64BigEndian(records.Value));
        }
        return upper;
    }

    void Show(long offset, long id)
    {
        _committed.Add(offset, id);
        oracle.Shown(name, offset, id);
    }

    void Fail(string what) => world.Fail($"{name}: {what}");
}
