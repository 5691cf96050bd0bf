using Microsoft.Extensions.Logging;
using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Handlers.Produce;

/// <summary>Tells the log, and in one sentence the producer, why a batch was refused or recognised. Lines that peers can cause at will are limited. Thread safe.</summary>
internal sealed class ProduceJournal(TimeProvider time, ILogger logger)
{
    readonly LineLimiter _lines = new(time);

    /// <summary>A batch that no turn has seen.</summary>
    public void Refused(UserPartition partition, ErrorCode error, string? message)
    {
        if (logger.IsEnabled(LogLevel.Information) && _lines.MayWrite(out var suppressed))
            Broker.Log.BatchRefused(logger, partition.Name, error, message ?? "", suppressed);
    }

    /// <summary>The check itself is at fault.</summary>
    public void CheckFailed(UserPartition partition, Exception exception)
    {
        if (_lines.MayWrite(out _)) Broker.Log.CheckFailed(logger, partition.Name, exception);
    }

    /// <summary>The coordinator of a transaction could not be asked, which must not be.</summary>
    public void AdmissionFailed(Exception exception)
    {
        if (_lines.MayWrite(out _)) Broker.Log.AdmissionFailed(logger, exception);
    }

    /// <returns>The sentence for the producer; null when there is nothing to explain.</returns>
    public string? Decided(UserPartition partition, ReadOnlySpan<byte> batch, in PartitionReply reply)
    {
        switch (reply.Decision)
        {
            case SequenceDecision.Duplicate:
                if (logger.IsEnabled(LogLevel.Debug) && RecordBatchHeader.TryRead(batch, out var repeated))
                    Broker.Log.Duplicate(logger, partition.Name, repeated.ProducerId, repeated.ProducerEpoch, repeated.BaseSequence, repeated.LastSequence, reply.BaseOffset);
                return null;
            case SequenceDecision.StaleEpoch:
                if (_lines.MayWrite(out var left) && RecordBatchHeader.TryRead(batch, out var stale))
                    Broker.Log.StaleEpoch(logger, partition.Name, stale.ProducerId, stale.ProducerEpoch, left);
                return "a newer epoch of this producer has written to the partition";
            case SequenceDecision.TransactionOfLowerEpoch:
                if (_lines.MayWrite(out var hidden) && RecordBatchHeader.TryRead(batch, out var hindered))
                    Broker.Log.TransactionInTheWay(logger, partition.Name, hindered.ProducerId, hindered.ProducerEpoch, hidden);
                return "a transaction of a lower epoch of this producer is still open on the partition";
            default:
                if (reply.Error == ErrorCode.None) return null;
                if (_lines.MayWrite(out var suppressed) && RecordBatchHeader.TryRead(batch, out var refused))
                    Broker.Log.OutOfOrder(logger, partition.Name, refused.ProducerId, refused.ProducerEpoch, refused.BaseSequence, refused.LastSequence, reply.Decision, suppressed);
                return Sentence(reply.Decision);
        }
    }

    static string? Sentence(SequenceDecision decision) => decision switch
    {
        SequenceDecision.TransactionRefused => "the transaction was ended before the batch was its turn, or its coordinator was not asked",
        SequenceDecision.VerificationOutlived => "the partition's log was opened anew since the transaction's coordinator was asked: send again",
        SequenceDecision.UnknownProducerInTransaction => "the first batch of a producer in a transaction must have the sequence 0",
        SequenceDecision.UnknownProducer => "the partition does not know this producer, whose first batch must have the sequence 0",
        SequenceDecision.LowerSequenceAwaited => "an earlier batch of this producer was refused and has to come first, or a new epoch from sequence 0",
        SequenceDecision.NewEpochNotFromZero => "the first batch of a new epoch must have the sequence 0",
        SequenceDecision.AfterMarkerNotFromZero => "the first batch of this epoch must have the sequence 0",
        SequenceDecision.OutOfOrder => "the sequence is neither the next of this producer nor that of one of its five last batches",
        SequenceDecision.PlainBatchInTransaction => "the producer has a transaction open on this partition",
        _ => null,
    };
}
