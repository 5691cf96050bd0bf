namespace Semel.Client.Producing;

/// <summary>
/// What the producer's machine knows of one batch: never its bytes. A batch is open while records are added to it, then sealed; it is stamped when it is
/// drained, and from then on keeps its place in the partition's window until it is certain what became of it, or until it is certain that no attempt
/// appended it (then the stamp is taken back). Only the machine changes these members; whoever drives the machine may hang its own data on a derived class.
/// </summary>
internal class ProducerBatch(TopicPartition partition, TimeSpan acceptedAt)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>When its oldest record was accepted: the delivery timeout counts from here.</summary>
    public TimeSpan AcceptedAt { get; } = acceptedAt;

    /// <summary>Known once the batch is sealed.</summary>
    public int RecordCount { get; set; }
    /// <summary>As it goes over the wire; known once the batch is sealed.</summary>
    public int SizeInBytes { get; set; }
    public bool IsSealed { get; set; }
    public bool IsSealWanted { get; set; }
    /// <summary>The batch failed while it was open; told as soon as it is known which records it has.</summary>
    public Verdict? FailsWhenSealed { get; set; }

    public ProducerIdentity Identity { get; set; } = ProducerIdentity.None;
    public int BaseSequence { get; set; } = SequenceNumber.None;

    /// <summary>The request that is to bring it to its broker and has not ended; null when there is none.</summary>
    public RequestState? Attempt { get; set; }
    public bool IsInFlight => Attempt is not null;
    /// <summary>Some attempt may have appended it: then it is never sent under another stamp.</summary>
    public bool MayBeAppended { get; set; }
    /// <summary>How the last attempt ended, while nothing has been made of that yet; a success is kept until the batch is the head.</summary>
    public PartitionAnswer? Answer { get; set; }
    /// <summary>Its records have had their final report. A reported batch in the window is a ghost: its fate at the broker is still being watched.</summary>
    public bool IsReported { get; set; }
    /// <summary>The sequences right before its own belong to nothing that was appended.</summary>
    public bool IsBehindHole { get; set; }
    /// <summary>Gapless: a record before it has failed, so it may not be sent again.</summary>
    public bool PrecedingFailed { get; set; }
    public bool IsReplacementWanted { get; set; }

    public int Attempts { get; set; }
    public int UnexplainedErrors { get; set; }
    public int CorruptErrors { get; set; }

    public bool IsKnownAppended => Answer is { IsSuccess: true };
    public int NextSequence => SequenceNumber.Add(BaseSequence, RecordCount);

    public void Stamp(ProducerIdentity identity, int baseSequence)
    {
        Identity = identity;
        BaseSequence = baseSequence;
    }

    public void TakeStampBack()
    {
        Identity = ProducerIdentity.None;
        BaseSequence = SequenceNumber.None;
        IsBehindHole = false;
    }

    public override string ToString() => $"{Partition} {Identity} {BaseSequence}+{RecordCount}";
}
