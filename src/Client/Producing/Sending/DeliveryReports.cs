using Microsoft.Extensions.Logging;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>
/// How records ended, told to everybody whom it concerns: who awaits them, handlers, flushes, counters, and the log where nobody else listens. Thread safe.
/// </summary>
internal sealed class DeliveryReports(CompletionPump pump, ILogger logger, Func<TimeSpan> now)
{
    readonly FailureLog _failures = new(logger, now);
    readonly Lock _gate = new();
    // Records that ended and that no flush has counted yet.
    FlushTally _unflushed;
    GivenUp _givenUp;

    /// <summary>What was taken from callers and not delivered when the producer was closed.</summary>
    public GivenUp GivenUp
    {
        get { lock (_gate) return _givenUp; }
    }

    /// <summary>All records of a batch ended.</summary>
    public void Ended(BufferedBatch batch, Verdict verdict)
    {
        ProducerMetrics.Ended(batch.RecordCount, batch.SizeInBytes, verdict);
        End(batch, verdict, batch.Indexes);
    }

    /// <summary>One record of a batch ended by itself.</summary>
    /// <param name="index">Its place in the batch.</param>
    public void Ended(BufferedBatch batch, int index, Verdict verdict)
    {
        ProducerMetrics.Ended(records: 1, bytes: 0, verdict);
        End(batch, verdict, [batch.Indexes is { } indexes ? indexes[index] : index]);
    }

    /// <summary>Whatever of the topics' records has not ended ends so. None may be accepted any more.</summary>
    public void EndAll(TopicAccumulators topics, Verdict verdict)
    {
        foreach (var partition in topics.Partitions)
            foreach (var group in partition.Unfinished()) End(partition, group, verdict, null);
    }

    void End(BufferedBatch batch, Verdict verdict, int[]? indexes) => batch.HadCallbacks |= End(batch.Owner, batch.Group, verdict, indexes);

    /// <returns>Whether handlers were posted.</returns>
    bool End(PartitionAccumulator partition, DeliveryGroup group, Verdict verdict, int[]? indexes)
    {
        GroupEnd end;
        // A flush that begins now is told of the batch, or finds it counted: never neither. And whoever sees the count finds the handlers on their way.
        lock (_gate)
        {
            end = group.End(verdict, indexes);
            if (end.IsDone)
            {
                partition.Finish(group);
                _unflushed = _unflushed.Plus(end.Unflushed);
            }
            if (end.Callbacks is { } callbacks) pump.PostAll(group, callbacks);
            if (verdict.Error?.LocalCode == LocalErrorCode.Closed) _givenUp = _givenUp.Plus(verdict.Status, indexes?.Length ?? group.Count);
        }
        if (verdict.IsFailure && !end.IsWatched) TellUnobserved(partition.Name, indexes?.Length ?? group.Count, verdict);
        return end.Callbacks is not null;
    }

    /// <summary>A record of Produce failed before it was accepted.</summary>
    /// <param name="isWatched">Whether a handler or a caller of FlushAsync is told.</param>
    public void Refused(ProduceException failure, bool isWatched)
    {
        ProducerMetrics.Refused(failure.Class);
        if (failure.Error.LocalCode == LocalErrorCode.Closed)
            lock (_gate) _givenUp = _givenUp.Plus(failure.Status, 1);
        if (!isWatched) TellUnobserved(failure.TopicPartition, 1, Verdict.NotPersisted(failure.Error, failure.Class));
    }

    void TellUnobserved(TopicPartition partition, int records, Verdict verdict)
    {
        ProducerMetrics.UnobservedFailure(records);
        lock (_failures) _failures.Tell(partition, records, verdict);
    }

    /// <summary>Ends when the handler of every record has run that a flush has counted by now. Not to be awaited inside a handler.</summary>
    public Task HandlersOfCountedAsync(WaitingRoom room) => room.Between(() =>
    {
        lock (_gate) return pump.HandlersLeft == 0 ? Task.CompletedTask : pump.DrainAsync();
    });

    /// <summary>Seals every open batch and tells a new flush all that have not ended, and what ended since the last flush.</summary>
    public FlushWait BeginFlush(WaitingRoom room, TopicAccumulators topics, bool isAwaitedByCaller)
    {
        var flush = new FlushWait(isAwaitedByCaller);
        room.Flush(flush, rest =>
        {
            lock (_gate)
            {
                rest.AddEnded(_unflushed);
                _unflushed = default;
                foreach (var partition in topics.Partitions) partition.Flush(rest);
            }
        });
        return flush;
    }
}
