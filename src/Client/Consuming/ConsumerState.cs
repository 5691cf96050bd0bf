using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>What the consumer's rules share: the partitions that are read, what there is to tell, and what the shell has to do next.</summary>
internal sealed class ConsumerState(ConsumerOptions options, FetchMemory memory, PlantedFault fault = PlantedFault.None)
{
    readonly Queue<PartitionFault> _faults = new();

    public ConsumerOptions Options => options;
    public FetchMemory Memory => memory;
    /// <summary>For simulations.</summary>
    public PlantedFault Fault => fault;
    public Dictionary<TopicPartition, PartitionFeed> Feeds { get; } = [];

    /// <summary>Of all topics that were ever read.</summary>
    public Dictionary<string, TopicCounter> Counters { get; } = [];

    /// <summary>In the order in which they are asked for: who had something goes to the end (C-24).</summary>
    public LinkedList<PartitionFeed> Turns { get; } = new();

    /// <summary>Brokers at which a request is out that may wait there.</summary>
    public HashSet<NodeId> WaitingAt { get; } = [];
    public FetchNodes Nodes { get; set; } = new(0, new HashSet<NodeId>());

    /// <summary>Endings that were reached and whose rule needs to know the time.</summary>
    public Queue<(PartitionFeed Feed, int Epoch, ChunkEnding Ending)> Endings { get; } = new();
    public ConsumerEffects Effects { get; set; } = new();

    /// <summary>Nothing is handed out any more; positions can still be read and committed.</summary>
    public bool IsEnding { get; set; }
    /// <summary>Nothing is read any more.</summary>
    public bool IsClosed { get; set; }
    /// <summary>Somebody waits for the application to come back for more.</summary>
    public bool IsProcessingAwaited { get; set; }
    public bool HasFaults => _faults.Count > 0;

    public PartitionFeed? Find(TopicPartition partition) => Feeds.GetValueOrDefault(partition);

    public void Tell(PartitionFault fault)
    {
        if (IsClosed) return;
        _faults.Enqueue(fault);
        Effects.Tell(fault);
    }

    /// <summary>The partition can be asked for: of its leader, or of the replica that the leader named.</summary>
    public void WakeFetchers(PartitionFeed feed)
    {
        Effects.WakeFetcher(feed.Position.Leader);
        Effects.WakeFetcher(feed.Position.PreferredReplica);
    }

    public bool TryTakeFault(out PartitionFault? fault) => _faults.TryDequeue(out fault);

    /// <summary>What there was to say about partitions that are not read any more is of no interest, but for what could not be committed.</summary>
    public void ForgetFaults()
    {
        for (var left = _faults.Count; left > 0; left--)
        {
            var fault = _faults.Dequeue();
            if (Feeds.ContainsKey(fault.Partition) || fault.Kind == ConsumeFault.CommitFailed) _faults.Enqueue(fault);
        }
    }
}
