using Semel.Client;

namespace Semel.Cli.Demo.Transactions;

/// <summary>Reads the results at one isolation level, and goes on where it was. Used by one at a time.</summary>
public sealed class ResultReader : IAsyncDisposable
{
    readonly IConsumer<byte[], byte[]> _consumer;
    readonly List<FoundResult> _found = [];

    public ResultReader(int port, string isolation)
    {
        _consumer = new ConsumerBuilder<byte[], byte[]>(JobSettings.Reader($"127.0.0.1:{port}", isolation)).Build();
        _consumer.Assign(Enumerable.Range(0, JobSettings.Partitions)
            .Select(partition => new TopicPartitionOffset(JobSettings.Results, partition, Offset.Beginning)));
    }

    /// <summary>All that was found so far.</summary>
    public IReadOnlyCollection<FoundResult> Found => _found;

    /// <summary>Reads to where the partitions end now.</summary>
    /// <returns>How many were found of this attempt.</returns>
    public async Task<int> LookAsync(int attempt, CancellationToken stop)
    {
        await foreach (var record in _consumer.ConsumeUntilEndAsync(stop).ConfigureAwait(false)) _found.Add(ResultBytes.Read(record.Message.Value));
        return _found.Count(result => result.Attempt == attempt);
    }

    public ValueTask DisposeAsync() => _consumer.DisposeAsync();
}
