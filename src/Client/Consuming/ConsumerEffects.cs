namespace Semel.Client.Consuming;

/// <summary>
/// What the shell has to do when a turn of the machine is over and the lock is left. Collected in lists that are used again, since most turns hand out a record
/// and leave nothing to do. None of these depends on the order in which two turns' effects are carried out.
/// </summary>
internal sealed class ConsumerEffects
{
    readonly List<PartitionFeed> _decode = [];
    readonly List<NodeId> _wake = [];
    readonly List<string> _refresh = [];
    readonly List<PartitionFault> _told = [];

    public bool IsEmpty { get; private set; } = true;

    /// <summary>There may be something to hand out or to tell.</summary>
    public bool HasArrived { get; private set; }
    /// <summary>The application has come back for more, and somebody waits for that.</summary>
    public bool HasProcessed { get; private set; }
    /// <summary>A partition needs a leader or an offset.</summary>
    public bool MustLookUp { get; private set; }
    /// <summary>Every fetcher may find something to do.</summary>
    public bool MustWakeAll { get; private set; }
    /// <summary>The brokers that are to be fetched from, when others are than before.</summary>
    public FetchNodes? Nodes { get; private set; }

    /// <summary>Partitions for each of which a decoder is to be started.</summary>
    public IReadOnlyList<PartitionFeed> Decode => _decode;
    /// <summary>Brokers whose fetcher may find something to do.</summary>
    public IReadOnlyList<NodeId> Wake => _wake;
    /// <summary>Topics whose metadata is out of date.</summary>
    public IReadOnlyList<string> Refresh => _refresh;
    /// <summary>What the log is to be told.</summary>
    public IReadOnlyList<PartitionFault> Told => _told;

    public void Arrived() => (HasArrived, IsEmpty) = (true, false);
    public void Processed() => (HasProcessed, IsEmpty) = (true, false);
    public void LookUp() => (MustLookUp, IsEmpty) = (true, false);
    public void WakeAll() => (MustWakeAll, IsEmpty) = (true, false);
    public void FetchFrom(FetchNodes nodes) => (Nodes, IsEmpty) = (nodes, false);

    public void StartDecoder(PartitionFeed feed)
    {
        _decode.Add(feed);
        IsEmpty = false;
    }

    public void WakeFetcher(NodeId node)
    {
        if (node.Value < 0 || _wake.Contains(node)) return;
        _wake.Add(node);
        IsEmpty = false;
    }

    public void RefreshTopic(string topic)
    {
        if (_refresh.Contains(topic)) return;
        _refresh.Add(topic);
        IsEmpty = false;
    }

    public void Tell(PartitionFault fault)
    {
        _told.Add(fault);
        Arrived();
    }

    public void Clear()
    {
        _decode.Clear();
        _wake.Clear();
        _refresh.Clear();
        _told.Clear();
        HasArrived = HasProcessed = MustLookUp = MustWakeAll = false;
        Nodes = null;
        IsEmpty = true;
    }
}

/// <summary>The brokers to fetch from, as of a version: an older one is not to replace a newer one.</summary>
internal sealed record FetchNodes(long Version, IReadOnlySet<NodeId> Nodes);
