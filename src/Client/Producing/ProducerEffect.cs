using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>What the shell has to do after a turn of the machine, in order.</summary>
internal abstract record ProducerEffect;

/// <summary>A batch with the stamp it is to be sent under.</summary>
internal readonly record struct StampedBatch(ProducerBatch Batch, TopicId TopicId, ProducerIdentity Identity, int BaseSequence);

/// <summary>One Produce request, at most one batch per partition. Requests to one broker are sent in the order of their ids.</summary>
internal sealed record SendProduce(long RequestId, NodeId Node, IReadOnlyList<StampedBatch> Batches) : ProducerEffect
{
    /// <summary>The cluster that the stamps are for, to no other of which a byte may be written; null when it is not known.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Which versions of Produce the request may have: a transaction keeps to one protocol.</summary>
    public (short Lowest, short Highest) Versions { get; init; } = VersionLimits.Any;
}

/// <summary>
/// Take a request back if nothing of it was written yet. <see cref="RequestWithdrawn"/> or <see cref="RequestBegun"/> answers, exactly one of them, and in the same
/// step in which the answer is found the request is lost to whoever would write it.
/// </summary>
internal sealed record WithdrawRequest(long RequestId, NodeId Node) : ProducerEffect;

/// <summary>Let the batch take no more records; <see cref="BatchSealed"/> answers.</summary>
internal sealed record SealBatch(ProducerBatch Batch) : ProducerEffect;

/// <summary>
/// Encode the batch's records anew; <see cref="BatchReplaced"/> answers. The refused records are reported by whoever does it: each with its own message,
/// and with <paramref name="BehindRefused"/>, when that is given, every record behind the first refused one.
/// </summary>
/// <param name="MaxBytes">No fragment is larger, unless it has one record only.</param>
internal sealed record ReplaceBatch(ProducerBatch Batch, int MaxBytes, IReadOnlyList<RecordRefusal> Refused, Verdict RefusedVerdict, Verdict? BehindRefused) : ProducerEffect;

/// <summary>The records of a batch have their final report.</summary>
internal sealed record CompleteBatch(ProducerBatch Batch, Verdict Verdict) : ProducerEffect;

/// <summary>The machine has forgotten the batch: its memory can be used again.</summary>
internal sealed record ReleaseBatch(ProducerBatch Batch) : ProducerEffect;

internal sealed record RequestProducerId : ProducerEffect;

internal sealed record RefreshMetadata(string Topic) : ProducerEffect;

/// <summary>Something the application or its log should know.</summary>
internal sealed record Tell(ProducerEvent Event) : ProducerEffect;

/// <summary>The producer is at its end: no more records are to be accepted.</summary>
internal sealed record FailProducer(Error Reason) : ProducerEffect;
