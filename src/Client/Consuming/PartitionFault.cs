namespace Semel.Client.Consuming;

/// <summary>Something about a partition that the application has to know, before it is put into an exception or an event.</summary>
/// <param name="From">The offset that it is about.</param>
/// <param name="To">Where reading goes on, when it goes on by itself.</param>
internal sealed record PartitionFault(ConsumeFault Kind, TopicPartition Partition, long From, long? To, ErrorCode Code, string Reason)
{
    /// <summary>True: the partition stands still until the application seeks. False: reading goes on.</summary>
    public bool Stops { get; init; }

    /// <summary>True: the next pull throws it. False: it is an event only.</summary>
    public bool Throws { get; init; }
}
