using Semel.Client.Configuration;
using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>A call that waits for what is under way.</summary>
internal readonly record struct WaitingCall(TransactionCallKind Kind, TransactionCall Call);

/// <summary>Everything the machine knows of its transactional id and of the open transaction. The rules change it, one turn at a time.</summary>
internal sealed class TransactionContext(ProducerOptions options, PlantedFault fault)
{
    public PlantedFault Fault => fault;
    public string TransactionalId { get; } = options.TransactionalId!;

    public TransactionState State { get; set; } = TransactionState.Uninitialized;
    /// <summary>Of an abortable, fenced or fatal state: what failed first. Later failures never replace it.</summary>
    public TransactionFailure? Cause { get; set; }
    /// <summary>Calls that wait for what is under way.</summary>
    public List<WaitingCall> Waiting { get; } = [];

    // What the cluster has in force, and since when we go by it.
    public long FeaturesEpoch { get; set; } = -1;
    public short ClusterVersion { get; set; }
    /// <summary>transaction.version when the identity was given.</summary>
    public short IdentityVersion { get; set; }

    /// <summary>Claims the transactional id, and raises its epoch.</summary>
    public CoordinatorLane Init { get; } = new();
    public CoordinatorLane Adding { get; } = new();
    public CoordinatorLane Offsets { get; } = new();
    public CoordinatorLane End { get; } = new();

    /// <summary>Counts the transactions of this producer, from 1.</summary>
    public long Number { get; set; }
    /// <summary>Of the transaction with that number; null while it is not certain.</summary>
    public TransactionOutcome? Outcome { get; set; }
    /// <summary>The open transaction; none between two.</summary>
    public OpenTransaction? Open { get; set; }

    /// <summary>The next transaction must not begin under the identity of the last one.</summary>
    public bool NeedsBump { get; set; }

    public bool IsAt(params ReadOnlySpan<TransactionState> states) => states.Contains(State);
}

/// <summary>What is known of the transaction that is open, or whose end is under way or unresolved.</summary>
/// <param name="version">transaction.version, latched at the begin.</param>
internal sealed class OpenTransaction(short version)
{
    public short Version => version;
    public bool IsRaising => VersionLimits.Raises(version);

    /// <summary>When the first partition was added, by our own clock: the coordinator's starts no earlier.</summary>
    public TimeSpan? StartedAt { get; set; }
    /// <summary>No record comes any more, and every one that was accepted is here.</summary>
    public bool IsSealed { get; set; }
    /// <summary>Its time is nearly over, and it was told to take no records.</summary>
    public bool IsTooLong { get; set; }

    /// <summary>Partitions that the coordinator has confirmed (first protocol).</summary>
    public HashSet<TopicPartition> Added { get; } = [];
    /// <summary>Something was asked or written by which the coordinator may have the transaction.</summary>
    public bool MayBeKnown { get; set; }
    /// <summary>Something of it certainly is at the coordinator.</summary>
    public bool IsKnown { get; set; }
    /// <summary>A batch was appended.</summary>
    public bool HasSucceeded { get; set; }
    /// <summary>Some request was written and not answered: it may arrive late.</summary>
    public bool IsDirty { get; set; }

    // Offsets.
    public Queue<OffsetsJob> OffsetsLine { get; } = new();
    public HashSet<string> AddedGroups { get; } = new(StringComparer.Ordinal);
    public Dictionary<(string Group, TopicPartition Partition), long> Offsets { get; } = [];
    public Witness? OwnWitness { get; set; }

    // The end.
    public bool IsCommit { get; set; }
    /// <summary>EndTxn was asked for.</summary>
    public bool IsEndAsked { get; set; }
    /// <summary>EndTxn was written at least once without an answer.</summary>
    public bool IsEndAmbiguous { get; set; }
    /// <summary>The coordinator no longer knows the producer's id: a new initialisation ends whatever is left.</summary>
    public bool EndsByInit { get; set; }
    /// <summary>The first partition that was written to.</summary>
    public TopicPartition? FirstWritten { get; set; }

    public IReadOnlyList<Witness> Witnesses =>
    [
        .. Offsets.Select(static sent => new Witness(sent.Key.Group, sent.Key.Partition, sent.Value, null)), .. OwnWitness is { } own ? [own]
            : Array.Empty<Witness>(),
    ];
}

/// <summary>One call of SendOffsetsAsync, or the library's own witness.</summary>
internal sealed class OffsetsJob(TransactionCall? call, ConsumerGroupMetadata group, IReadOnlyList<OffsetToSend> offsets)
{
    /// <summary>Null for the library's own.</summary>
    public TransactionCall? Call => call;
    public ConsumerGroupMetadata Group { get; set; } = group;
    /// <summary>Those that are not confirmed yet.</summary>
    public List<OffsetToSend> Left { get; } = [.. offsets];
    public IReadOnlyList<TopicPartition> Partitions { get; } = [.. offsets.Select(static offset => offset.Partition)];
}
