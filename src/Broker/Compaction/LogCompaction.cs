using Semel.Codecs;
using Semel.Log;
using Semel.Machines.Compaction;
using Semel.Protocol.Records;

namespace Semel.Broker.Compaction;

/// <summary>What one compaction of a log did.</summary>
/// <param name="UpToOffset">Everything below is compacted.</param>
/// <param name="Looks">How often the batches were read before they were written.</param>
internal readonly record struct CompactionResult(long UpToOffset, long BytesBefore, long BytesAfter, int Looks);

/// <summary>
/// Compacts the sealed parts of one log that lie below its last stable offset, from the log's start on: reads them as often as <see cref="Compactor"/> wants to look at them, then once more while
/// what is left is written, and puts it in their place step by step from below. So whatever ends it in between, what an older record needs is never gone before the record is.
/// </summary>
internal sealed class LogCompaction(ICompactable target, ILog log, CompactionSettings settings, TimeProvider time, CancellationToken stop)
{
    const int ReadBytes = 1 << 20;

    /// <returns>Null when there is too little that would be worth it.</returns>
    /// <exception cref="IOException">It could not be read or written, or forced; what was not replaced yet is as it was.</exception>
    /// <exception cref="OffsetOutOfRangeException">The log was trimmed meanwhile.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public CompactionResult? Run()
    {
        var parts = log.Parts().Where(part => part.IsSealed && part.NextOffset <= target.Bound).ToList();
        if (!IsWorthIt(parts)) return null;
        var start = log.Bounds.StartOffset;
        var range = (From: Math.Max(parts[0].BaseOffset, start), UpTo: parts[^1].NextOffset);
        var compactor = new Compactor(Policy());
        while (compactor.BeginLook()) Read(range.From, range.UpTo, (in RecordBatchHeader header, ReadOnlyMemory<byte> batch) => compactor.Look(header, batch.Span));
        compactor.BeginDeciding();
        for (var at = 0; at < parts.Count;)
        {
            var count = StepFrom(parts, at);
            Replace(compactor, parts[at].BaseOffset, parts[at + count - 1].NextOffset, start);
            at += count;
        }
        return new CompactionResult(range.UpTo, parts.Sum(static part => part.SizeInBytes), log.Parts().Where(part => part.NextOffset <= range.UpTo).Sum(static part => part.SizeInBytes), compactor.Looks);
    }

    bool IsWorthIt(List<LogPart> parts)
    {
        var (all, compacted) = (parts.Sum(static part => part.SizeInBytes), parts.Where(static part => part.WasReplaced).Sum(static part => part.SizeInBytes));
        return all > compacted && all - compacted >= settings.MinCleanableRatio * all;
    }

    CompactionPolicy Policy()
    {
        // What markers and tombstones end may be in a snapshot: so only those that every snapshot lies above can go.
        var snapshot = log.LoadSnapshot()?.Offset;
        if (snapshot is { } newest) log.DropSnapshots(below: newest);
        return new CompactionPolicy
        {
            BeginsAtLogStart = true,
            FoldedFrom = snapshot ?? long.MaxValue,
            TombstonesUpTo = (time.GetUtcNow() - target.TombstoneRetention).ToUnixTimeMilliseconds(),
            IsProducerNeeded = target.IsProducerNeeded,
            KeyBytes = settings.KeyBytes,
            Codecs = CodecTable.All,
            HashSeed = (ulong)Random.Shared.NextInt64(),
        };
    }

    int StepFrom(List<LogPart> parts, int first)
    {
        var (count, size) = (1, parts[first].SizeInBytes);
        while (first + count < parts.Count && size + parts[first + count].SizeInBytes <= settings.StepBytes) size += parts[first + count++].SizeInBytes;
        return count;
    }

    void Replace(Compactor compactor, long fromOffset, long upToOffset, long start)
    {
        using var replacement = log.BeginReplacement(fromOffset, upToOffset);
        Read(Math.Max(fromOffset, start), upToOffset, (in RecordBatchHeader header, ReadOnlyMemory<byte> batch) =>
        {
            var decision = compactor.Decide(header, batch.Span);
            if (decision.Fate == BatchFate.Removed) return;
            Wait(replacement.AddAsync(decision.Fate == BatchFate.Kept ? batch : decision.Replacement));
        });
        Wait(replacement.CommitAsync());
    }

    /// <summary>This thread has nothing else to do.</summary>
    static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    delegate void Seen(in RecordBatchHeader header, ReadOnlyMemory<byte> batch);

    void Read(long fromOffset, long upToOffset, Seen seen)
    {
        while (fromOffset < upToOffset)
        {
            stop.ThrowIfCancellationRequested();
            using var read = log.Read(fromOffset, upToOffset, ReadBytes);
            if (read.Bytes.IsEmpty) return;
            foreach (var batch in RecordBatches.Split(read.Bytes))
            {
                seen(batch.Header, batch.Bytes);
                fromOffset = batch.Header.NextOffset;
            }
        }
    }
}
