using Semel.Broker.Sequencing;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>One partition of one incarnation of a topic, as its readers and the host know it, whatever machine is folded from its log.</summary>
internal abstract class Partition(string topic, int number)
{
    public int Number => number;

    /// <summary>As a person writes it: topic and number with a dash between.</summary>
    public string Name { get; } = $"{topic}-{number}";

    /// <summary>What is read.</summary>
    public abstract IReadableLog Reader { get; }

    /// <summary>Who alone writes it: the host opens and stops it.</summary>
    public abstract ISequencer Writer { get; }

    /// <summary>What the partition knows of its producers, asked in a turn of its own.</summary>
    public abstract Task<DescribedProducers> DescribeProducersAsync();

    /// <summary>Writes the marker that ends a transaction, in a turn of its own; completes when it is durable and readers see what follows.</summary>
    public abstract Task<ErrorCode> EndTransactionAsync(EndMarker marker);
}
