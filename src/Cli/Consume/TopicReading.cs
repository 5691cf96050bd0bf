using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>Prints the records of partitions that the user chose.</summary>
/// <param name="atEnd">Ends where the partitions end.</param>
public sealed class TopicReading(IConsumer<byte[], byte[]> consumer, BatchPull pull, RecordPrinter printer, bool atEnd, TroubleWatch watch,
    Func<CancellationToken, Task<IReadOnlyList<TopicPartitionOffset>>> find) : IReading
{
    readonly HashSet<TopicPartition> _unfinished = [];

    public bool HasBegun { get; private set; }

    public async Task BeginAsync(CancellationToken stop) => consumer.Assign(await find(stop).ConfigureAwait(false));

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

    public Task EndAsync() => Task.CompletedTask;
}
