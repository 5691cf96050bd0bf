using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>What makes a topic of the broker's own, and the machines behind its partitions.</summary>
internal sealed record StateTopicSettings<TCommand, TReply, TView> where TView : class, IReadView
{
    /// <summary>One of <see cref="Machines.Catalog.InternalTopic"/>.</summary>
    public required string Name { get; init; }

    /// <summary>How many partitions it is made with. One that is there keeps what it has.</summary>
    public required int PartitionCount { get; init; }

    /// <summary>How large the segments of its logs are; counts when it is made.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>The turns of one partition. Name and opening of the log are those that are given.</summary>
    public required Func<StateLog, SequencerSettings<TCommand, TReply, TView>> Turns { get; init; }

    /// <summary>How a partition tells its producers; null when it has none.</summary>
    public Func<Sequencer<TCommand, TReply, TView>, Task<DescribedProducers>>? DescribeProducers { get; init; }

    /// <summary>How a partition ends a transaction that has written to it; null when none can.</summary>
    public Func<Sequencer<TCommand, TReply, TView>, EndMarker, Task<ErrorCode>>? EndTransaction { get; init; }
}

/// <summary>The log of one partition of a topic of the broker's own.</summary>
/// <param name="Partition">Its number.</param>
internal sealed record StateLog(int Partition, string Name, Func<ILogStore, ILog> Open);
