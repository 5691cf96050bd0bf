using Semel.Client;

namespace Semel.Cli.Consume;

/// <summary>How a command gets at its records: partitions that the user chose, or what a group gives.</summary>
public interface IReading
{
    /// <summary>Waiting for records has begun.</summary>
    bool HasBegun { get; }

    /// <summary>Finds out where to read.</summary>
    /// <exception cref="CommandException">There is no such topic, or partition.</exception>
    Task BeginAsync(CancellationToken stop);

    /// <summary>Prints records until a limit is reached. May be called again after a failure that was dealt with.</summary>
    /// <exception cref="ConsumeException">Something about a partition that stops it.</exception>
    Task RunAsync(CancellationToken stop);

    /// <summary>Writes down how far it came, where that is wanted.</summary>
    /// <exception cref="KafkaException">That could not be done.</exception>
    Task EndAsync();
}
