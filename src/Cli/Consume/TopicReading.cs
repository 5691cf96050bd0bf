using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>Prints the records of partitions that the user chose, until a limit is reached. May be run again after a failure that was dealt with.</summary>
/// <param name="atEnd">Ends where the partitions end.</param>
public sealed class TopicReading(IConsumer<byte[], byte[]> consumer, BatchPull pull, RecordPrinter printer, bool atEnd, TroubleWatch watch)
{
    readonly HashSet<TopicPartition> _unfinished = [];

    /// <summary>The partitions are known, and waiting for records has begun.</summary>
    public bool HasBegun { get; private set; }

    /// <exception cref="ConsumeException">Something about a partition that stops it.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        if (!HasBegun) _unfinished.UnionWith(consumer.Assignment);
        HasBegun = true;
        while (_unfinished.Count > 0 && !printer.IsFull && await pull.NextAsync(stop).ConfigureAwait(false) is { } batch)
        {
            using (batch)
            {
                watch.Worked();
                printer.Print(batch);
                if (!atEnd) continue;
                foreach (var end in batch.PartitionEnds) _unfinished.Remove(end.TopicPartition);
            }
        }
    }
}
