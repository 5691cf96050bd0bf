using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Partition;

/// <summary>The answer to one command.</summary>
public readonly record struct PartitionReply
{
    public required ErrorCode Error { get; init; }
    /// <summary>The batch's first offset, the original's for a duplicate; -1 when nothing was appended.</summary>
    public long BaseOffset { get; init; }
    /// <summary>Milliseconds since 1970; -1 unless the topic has LogAppendTime.</summary>
    public long LogAppendTime { get; init; }
    public long LogStartOffset { get; init; }
    /// <summary>Which row of the decision table answered: the reason that a person is shown.</summary>
    public SequenceDecision Decision { get; init; }
    /// <summary>The answer to BeginVerification: what to come back with once the coordinator said yes; 0 when nobody has to be asked.</summary>
    public long Guard { get; init; }
    /// <summary>The answer to EndTransaction: what became of the marker.</summary>
    public MarkerDecision Marker { get; init; }
    /// <summary>Why nothing was done, when that is not a decision's reason; null otherwise.</summary>
    public string? Message { get; init; }
    /// <summary>The answer to DescribeProducers, sorted by producer id; null otherwise.</summary>
    public IReadOnlyList<ProducerDescription>? Producers { get; init; }

    public static PartitionReply Failed(ErrorCode error, long logStartOffset = -1, SequenceDecision decision = SequenceDecision.None) =>
        new() { Error = error, BaseOffset = -1, LogAppendTime = -1, LogStartOffset = logStartOffset, Decision = decision };
}

/// <summary>The rows of the decision table for a batch with a producer id, in the order in which they are asked.</summary>
public enum SequenceDecision : byte
{
    /// <summary>The batch has no producer id: nothing to decide.</summary>
    None,
    /// <summary>D0: the same epoch, first and last sequence as one of the five last batches. Answered with the original's offset.</summary>
    Duplicate,
    /// <summary>D1: an older epoch than the partition has seen.</summary>
    StaleEpoch,
    /// <summary>D2: the rules of transactions refuse it.</summary>
    TransactionRefused,
    /// <summary>The transaction was verified when another machine was here: it has to be verified again.</summary>
    VerificationOutlived,
    /// <summary>D3: an unknown producer of the transaction protocol 2 begins with another sequence than 0.</summary>
    UnknownProducerInTransaction,
    /// <summary>D4, R-4.2: a lower sequence was refused before and must come first.</summary>
    LowerSequenceAwaited,
    /// <summary>D5: an unknown producer, accepted.</summary>
    FirstOfProducer,
    /// <summary>D5, R-4.1: an unknown producer that begins with another sequence than 0, although it is younger than this partition and was not forgotten.</summary>
    UnknownProducer,
    /// <summary>D6: a higher epoch that begins with sequence 0.</summary>
    FirstOfEpoch,
    /// <summary>D7: a higher epoch that begins with another sequence.</summary>
    NewEpochNotFromZero,
    /// <summary>D8: an epoch of which only markers are known begins with sequence 0.</summary>
    FirstAfterMarker,
    /// <summary>D9: an epoch of which only markers are known begins with another sequence.</summary>
    AfterMarkerNotFromZero,
    /// <summary>D10: the next sequence.</summary>
    InOrder,
    /// <summary>D11: a gap, an overlap, or a batch older than the five last.</summary>
    OutOfOrder,
    /// <summary>D12: not transactional, while the producer has a transaction open here.</summary>
    PlainBatchInTransaction,
    /// <summary>D13: the open transaction belongs to a lower epoch.</summary>
    TransactionOfLowerEpoch,
    /// <summary>D5, but the partition remembers as many producers as it may.</summary>
    TooManyProducers,
}
