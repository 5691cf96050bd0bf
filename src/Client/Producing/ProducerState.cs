using Semel.Client.Configuration;
using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>What is known of a topic, and its partitions that ever had a record.</summary>
internal sealed class TopicState
{
    public TopicId TopicId { get; set; } = TopicId.None;
    public bool IsSeen { get; set; }
    /// <summary>The newest leader told of each partition.</summary>
    public SortedDictionary<int, PartitionLeader> Leaders { get; } = [];
    public SortedDictionary<int, PartitionState> Partitions { get; } = [];
}

/// <summary>Requests on their way to one broker.</summary>
internal sealed class BrokerState
{
    public int InFlightCount { get; set; }
    /// <summary>The broker asked to be left alone until then.</summary>
    public TimeSpan MutedUntil { get; set; }
}

/// <summary>A Produce request without an answer.</summary>
internal sealed class RequestState(long id, NodeId node, List<ProducerBatch> batches)
{
    public long Id => id;
    public NodeId Node => node;
    public List<ProducerBatch> Batches => batches;
    /// <summary>It was asked whether the request can be taken back; the answer is on its way, or was that it cannot.</summary>
    public bool IsWithdrawalAsked { get; set; }
    /// <summary>Something of it may have been written: it cannot be taken back any more.</summary>
    public bool HasBegun { get; set; }
}

/// <summary>The whole state of a producer's machine. The rules change it, one turn at a time.</summary>
internal sealed class ProducerState(ProducerOptions options, PlantedFault fault = PlantedFault.None)
{
    public ProducerOptions Options { get; } = options;

    /// <summary>Null without a transactional id.</summary>
    public TransactionContext? Transaction { get; } = options.TransactionalId is null ? null : new TransactionContext(options, fault);

    /// <summary>The cluster that is written to; null while no broker has named it.</summary>
    public string? ClusterId { get; set; }

    public bool IsIdempotent { get; set; } = options.IsIdempotent;
    /// <summary>What newly drained batches are stamped with.</summary>
    public ProducerIdentity Identity { get; set; } = ProducerIdentity.None;
    public bool IsIdentityAsked { get; set; }
    /// <summary>What the answer on its way brings must not be used.</summary>
    public bool IsIdentityOutdated { get; set; }
    public TimeSpan IdentityRetryAt { get; set; }
    public int IdentityFailures { get; set; }
    public string? LastIdentityFailure { get; set; }
    public Trouble? IdentityTrouble { get; set; }
    /// <summary>Why no identity will ever be given; records fail with it.</summary>
    public Error? IdentityDenied { get; set; }

    /// <summary>Once set, every record fails with it.</summary>
    public Error? ClosedBy { get; set; }
    public bool IsMemoryWanted { get; set; }
    public long NextRequestId { get; set; }

    /// <summary>The first sequence of a new producer id: 0, except in tests of the wrap. That of a new epoch is always 0.</summary>
    public int FirstSequence { get; init; }

    public Dictionary<string, TopicState> Topics { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<int, BrokerState> Brokers { get; } = [];
    public Dictionary<long, RequestState> Requests { get; } = [];
    /// <summary>Partitions with work, in the order in which they got it.</summary>
    public List<PartitionState> Active { get; } = [];
    /// <summary>Where the next turn begins to drain, so that no partition is always the last.</summary>
    public int DrainFrom { get; set; }

    public TopicState Topic(string name)
    {
        if (!Topics.TryGetValue(name, out var topic)) Topics[name] = topic = new TopicState();
        return topic;
    }

    public BrokerState Broker(NodeId node)
    {
        if (!Brokers.TryGetValue(node.Value, out var broker)) Brokers[node.Value] = broker = new BrokerState();
        return broker;
    }

    public PartitionState? Find(TopicPartition name) =>
        Topics.TryGetValue(name.Topic, out var topic) && topic.Partitions.TryGetValue(name.Partition, out var partition) ? partition : null;

    /// <summary>How many batches of a partition may be unresolved: what the broker can recognise as duplicates.</summary>
    public int WindowLimit => IsIdempotent ? Math.Min(Options.MaxInFlight, ProducerConfigRules.MaxIdempotentInFlight) : Options.MaxInFlight;
}
