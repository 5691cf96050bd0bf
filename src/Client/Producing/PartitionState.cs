namespace Semel.Client.Producing;

/// <summary>
/// The machine's state of one partition.
///
/// Batches wait in the <see cref="Queue"/> (none of them can be in the log), are stamped and moved to the <see cref="Window"/> when they are drained, and leave
/// it in order from its head. Answers are facts at once but are acted on at the head only. When anything but success comes, the partition
/// <em>rewinds</em>: nothing more is sent until every attempt on its way has ended, then it is known of each batch of the window whether it is in the log, may
/// be, or is not; those that are not get their stamps taken back, and sending begins again with one batch in flight. So no batch ever has two attempts on their way,
/// and no bytes are stamped while a socket may read them.
/// </summary>
internal sealed class PartitionState(TopicPartition name)
{
    public TopicPartition Name { get; } = name;
    public TopicId TopicId { get; set; } = TopicId.None;
    public NodeId Leader { get; set; } = NodeId.None;
    public int LeaderEpoch { get; set; } = -1;

    /// <summary>Not drained, or drained and certainly not appended; without a stamp. Only the last one can be open.</summary>
    public BatchQueue Queue { get; } = new();
    /// <summary>Drained and unresolved, in sequence order; the first is the head.</summary>
    public List<ProducerBatch> Window { get; } = [];

    /// <summary>Under which the window's sequences count.</summary>
    public ProducerIdentity Identity { get; set; } = ProducerIdentity.None;
    /// <summary>The sequence behind the window: the next drained batch gets it.</summary>
    public int NextSequence { get; set; }
    /// <summary>The sequence behind the last batch that was resolved as appended: where the broker expects the head.</summary>
    public int ExpectedSequence { get; set; }

    /// <summary>Only one batch may be in flight until the first success for this identity and leader.</summary>
    public bool IsProbing { get; set; } = true;
    public bool IsRewinding { get; set; }
    public bool IsBumpWanted { get; set; }
    /// <summary>The topic was deleted and created again under this id; settled when the partition has rewound.</summary>
    public TopicId? RecreatedAs { get; set; }
    /// <summary>Its window was stamped for another cluster than the one that is written to now; settled when the partition has rewound.</summary>
    public bool IsOfOtherCluster { get; set; }
    /// <summary>What is to be encoded anew once nothing is on its way.</summary>
    public ReplaceBatch? Replacement { get; set; }
    /// <summary>The head that is being encoded anew.</summary>
    public ProducerBatch? Replacing { get; set; }

    public int InFlightCount { get; set; }
    /// <summary>Where the attempts on their way went.</summary>
    public NodeId InFlightNode { get; set; } = NodeId.None;

    public TimeSpan RetryAt { get; set; }
    public int FailuresInARow { get; set; }
    /// <summary>Since when brokers have said nothing but that the topic is unknown.</summary>
    public TimeSpan? UnknownSince { get; set; }
    /// <summary>Since when brokers have said nothing but that the transaction before is still being ended.</summary>
    public TimeSpan? ConcurrentSince { get; set; }
    public PartitionAnswer? LastFailure { get; set; }
    /// <summary>Null while all goes well.</summary>
    public Trouble? Trouble { get; set; }

    public bool HasAcknowledged { get; set; }
    /// <summary>-1 when no acknowledgement told an offset.</summary>
    public long LastAcknowledgedOffset { get; set; } = -1;

    /// <summary>Whether it is in the machine's list of partitions with work.</summary>
    public bool IsActive { get; set; }
    public bool HasWork => Queue.Count > 0 || Window.Count > 0;
    public ProducerBatch? Head => Window.Count > 0 ? Window[0] : null;
    public bool HasGhost
    {
        get
        {
            foreach (var batch in Window)
                if (batch.IsReported) return true;
            return false;
        }
    }

    public bool HasLaterSuccess
    {
        get
        {
            for (var index = 1; index < Window.Count; index++)
                if (Window[index].IsKnownAppended) return true;
            return false;
        }
    }

    /// <summary>What was acknowledged was acknowledged by another log than the one to come.</summary>
    public void ForgetAcknowledged()
    {
        HasAcknowledged = false;
        LastAcknowledgedOffset = -1;
    }

    /// <summary>Stops sending until every attempt on its way has ended, and goes back to one in flight.</summary>
    public void Rewind()
    {
        IsRewinding = true;
        IsProbing = true;
    }
}
