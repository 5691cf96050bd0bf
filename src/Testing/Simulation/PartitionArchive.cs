using Semel.Log;
using Semel.Machines.Partition;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation;

/// <summary>Everything that readers of one partition ever saw, kept although the log may delete it.</summary>
internal sealed class PartitionArchive(ProduceWorld world, int partition)
{
    const int ReadBytes = 1 << 20;

    /// <summary>By offset; null where no producer of the run wrote.</summary>
    readonly List<RecordNumber?> _records = [];
    readonly HashSet<RecordNumber> _seen = [];
    readonly Dictionary<int, int> _lastIndex = [];
    PartitionView _last = PartitionView.Empty;

    public bool Has(long offset, RecordNumber record) => offset >= 0 && offset < _records.Count && _records[(int)offset] == record;

    public bool Contains(RecordNumber record) => _seen.Contains(record);

    public string Describe(long offset) => offset < 0 || offset >= _records.Count ? $"nothing, its end is {_records.Count}" : _records[(int)offset]?.ToString() ?? "a record of nobody";

    /// <summary>Reads what is new; after a restart reads all again and compares.</summary>
    public List<RecordNumber> Observe(PartitionView view, ILog log)
    {
        CheckBounds(view, log);
        var isRestart = log != _log;
        _log = log;
        _last = view;
        return Read(log, isRestart ? view.LogStartOffset : Math.Max(_records.Count, view.LogStartOffset), view.HighWatermark);
    }

    ILog? _log;

    void CheckBounds(PartitionView view, ILog log)
    {
        if (view.LogStartOffset > view.LastStableOffset || view.LastStableOffset > view.HighWatermark) Fail($"the bounds are out of order: {view}");
        if (view.HighWatermark > log.Bounds.EndOffset) Fail($"the high watermark {view.HighWatermark} is beyond the log's end {log.Bounds.EndOffset}");
        if (view.HighWatermark < _last.HighWatermark || view.LastStableOffset < _last.LastStableOffset || view.LogStartOffset < _last.LogStartOffset)
            Fail($"a bound moved back: {view}, it was {_last}");
    }

    List<RecordNumber> Read(ILog log, long from, long end)
    {
        var added = new List<RecordNumber>();
        while (from < end)
        {
            using var read = log.Read(from, end, ReadBytes);
            if (read.Bytes.IsEmpty) Fail($"the log has no batch at {from}, the high watermark is {end}");
            foreach (var batch in RecordBatches.Split(read.Bytes))
            {
                if (!RecordBatch.HasValidCrc(batch.Bytes.Span)) Fail($"the batch at {batch.Header.BaseOffset} has a wrong checksum");
                from = ReadBatch(batch.Bytes.Span, added);
            }
        }
        return added;
    }

    long ReadBatch(ReadOnlySpan<byte> batch, List<RecordNumber> added)
    {
        using var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            var record = RecordNumber.Read(records.Value);
            if (records.Offset < _records.Count) Compare(records.Offset, record);
            else Add(records.Offset, record, added);
        }
        return records.Header.NextOffset;
    }

    void Compare(long offset, RecordNumber? record)
    {
        if (_records[(int)offset] != record && offset >= _last.LogStartOffset) Fail($"at offset {offset} is {record}, readers have seen {Describe(offset)} there");
    }

    void Add(long offset, RecordNumber? record, List<RecordNumber> added)
    {
        // What was deleted before anybody read it leaves a hole that nobody can look into.
        while (_records.Count < offset && _records.Count < _last.LogStartOffset) _records.Add(null);
        if (offset != _records.Count) Fail($"the log goes on at offset {offset}, not at {_records.Count}");
        _records.Add(record);
        if (record is not { } number) return;
        if (number.Partition != partition) Fail($"{number} is in partition {partition}");
        if (!_seen.Add(number)) Fail($"{number} is in the log twice, the second time at offset {offset}");
        if (_lastIndex.TryGetValue(number.Producer, out var last) && number.Index < last) Fail($"{number} is behind record {last} of its producer");
        _lastIndex[number.Producer] = number.Index;
        added.Add(number);
    }

    void Fail(string what) => world.Oracle.Fail($"partition {partition}: {what}");
}
