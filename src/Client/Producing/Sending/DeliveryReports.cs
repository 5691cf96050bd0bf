using Microsoft.Extensions.Logging;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>
/// How records ended, told to everybody whom it concerns: who awaits them, handlers, flushes, counters, and the log where nobody else listens. Thread safe.
/// </summary>
internal sealed class DeliveryReports(CompletionPump pump, ProducerCounters counters, ILogger logger, Func<TimeSpan> now)
{
    readonly FailureLog _failures = new(logger, now);
    readonly Lock _gate = new();
    GivenUp _givenUp;

    /// <summary>What was taken from callers and not delivered when the producer was closed.</summary>
    public GivenUp GivenUp
    {
        get { lock (_gate) return _givenUp; }
    }

    /// <summary>All records of a batch ended.</summary>
    public void Ended(BufferedBatch batch, Verdict verdict)
    {
        ProducerMetrics.Ended(batch.Partition.Topic, batch.RecordCount, batch.SizeInBytes, verdict);
        counters.Ended(batch.RecordCount, batch.SizeInBytes, verdict.Status);
        End(batch, verdict, batch.Indexes);
    }

    /// <summary>One record of a batch ended by itself.</summary>
    /// <param name="index">Its place in the batch.</param>
    public void Ended(BufferedBatch batch, int index, Verdict verdict)
    {
        ProducerMetrics.Ended(batch.Partition.Topic, records: 1, bytes: 0, verdict);
        counters.Ended(records: 1, bytes: 0, verdict.Status);
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
        var end = group.End(verdict, indexes);
        if (verdict.Error?.LocalCode == LocalErrorCode.Closed) Count(verdict.Status, indexes?.Length ?? group.Count);
        // What an abort drops is told by its transaction.
        if (verdict.IsFailure && !end.IsWatched && verdict.Error?.LocalCode != LocalErrorCode.TransactionAborted) TellUnobserved(partition.Name, indexes?.Length ?? group.Count, verdict);
        if (end.Callbacks is { } callbacks) pump.PostAll(group, callbacks);
        if (end.IsDone)
        {
            partition.Finish(group);
            // Last: whoever sees that the generation has ended finds the handlers on their way, and the counters counted.
            group.LeaveGeneration();
        }
        return end.Callbacks is not null;
    }

    /// <summary>A record failed before it was accepted.</summary>
    public void Refused(WaitingRecord record, ProduceException failure)
    {
        if (record.IsAwaited)
        {
            record.Joined?.Note(failure);
            if (record.Callback is WatchedDelivery watched) pump.PostHandler(() => watched.FailAlone(failure));
            return;
        }
        ProducerMetrics.Refused(record.Topic.Name, failure);
        counters.Refused(failure.Status);
        if (failure.Error.LocalCode == LocalErrorCode.Closed) Count(failure.Status, 1);
        record.Joined!.Note(failure);
        if (record.Callback is { } callback) pump.PostHandler(() => callback.Fail(failure));
        if (record.Callback is not { IsHandler: true } && !record.Joined.IsWatched)
            TellUnobserved(failure.TopicPartition, 1, Verdict.NotPersisted(failure.Error, failure.Class));
    }

    void Count(PersistenceStatus status, int records)
    {
        lock (_gate) _givenUp = _givenUp.Plus(status, records);
    }

    void TellUnobserved(TopicPartition partition, int records, Verdict verdict)
    {
        ProducerMetrics.UnobservedFailure(records);
        counters.Unobserved(records);
        lock (_failures) _failures.Tell(partition, records, verdict);
    }
}
