using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Demo.Transactions;

/// <summary>
/// Consume, transform, produce: takes inputs as a member of a group, writes their results and moves the group's position, all in one transaction. An ordinary
/// program over the public client, but that it does one step at a time, when it is told to. Not thread safe.
/// </summary>
sealed class Job(string bootstrap) : IAsyncDisposable
{
    readonly ITransactionalProducer<byte[], byte[]> _producer = new ProducerBuilder<byte[], byte[]>(JobSettings.Producer(bootstrap)).BuildTransactional();
    readonly IConsumer<byte[], byte[]> _consumer = new ConsumerBuilder<byte[], byte[]>(JobSettings.Consumer(bootstrap)).Build();
    readonly Queue<long>[] _taken = [new(), new()];
    /// <summary>By partition: behind the last input that was taken from the consumer, and behind the last whose result is committed.</summary>
    readonly long[] _next = new long[JobSettings.Partitions], _done = new long[JobSettings.Partitions], _inside = new long[JobSettings.Partitions];
    ITransaction<byte[], byte[]>? _transaction;

    /// <summary>Whoever had the transactional id before is fenced, and what it left open is aborted.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        await _producer.InitTransactionsAsync(stop).ConfigureAwait(false);
        _consumer.Subscribe(JobSettings.Inputs);
    }

    /// <summary>Begins a transaction and writes the results of the next inputs of each partition; completes when they are in the log.</summary>
    public async Task WriteAsync(int attempt, int first, int second, CancellationToken stop)
    {
        _transaction = await _producer.BeginTransactionAsync(stop).ConfigureAwait(false);
        int[] wanted = [first, second];
        while (_taken[0].Count < first || _taken[1].Count < second) await TakeAsync(stop).ConfigureAwait(false);
        var deliveries = new List<Delivery>();
        for (var partition = 0; partition < JobSettings.Partitions; partition++)
            for (var count = 0; count < wanted[partition]; count++)
            {
                var offset = _taken[partition].Dequeue();
                var result = ResultBytes.Of(new FoundResult(JobSettings.InputAt(partition, offset), attempt));
                deliveries.Add(await _transaction.EnqueueAsync(JobSettings.Results, new RawRecord { Partition = partition, Value = result }, stop)
                    .ConfigureAwait(false));
                _inside[partition] = offset + 1;
            }
        foreach (var delivery in deliveries) await delivery.ConfigureAwait(false);
    }

    async Task TakeAsync(CancellationToken stop)
    {
        using var batch = await _consumer.ConsumeBatchAsync(stop).ConfigureAwait(false);
        foreach (var record in batch)
        {
            // A partition that was taken away and given again begins at the committed position.
            if (record.Offset < _next[record.Partition]) continue;
            if (_next[record.Partition] == 0) _done[record.Partition] = record.Offset;
            _taken[record.Partition].Enqueue(record.Offset);
            _next[record.Partition] = record.Offset + 1;
        }
    }

    public ValueTask SendOffsetsAsync(CancellationToken stop) =>
        _transaction!.SendOffsetsAsync([.. Enumerable.Range(0, JobSettings.Partitions)
            .Select(partition => new TopicPartitionOffset(JobSettings.Inputs, partition, _inside[partition]))], _consumer.GroupMetadata, stop);

    public async Task CommitAsync(CancellationToken stop)
    {
        await _transaction!.CommitAsync(stop).ConfigureAwait(false);
        _inside.CopyTo(_done, 0);
    }

    /// <summary>The same inputs are taken again afterwards.</summary>
    public async Task AbortAsync(CancellationToken stop)
    {
        await _transaction!.AbortAsync(stop).ConfigureAwait(false);
        for (var partition = 0; partition < JobSettings.Partitions; partition++)
        {
            _taken[partition].Clear();
            _next[partition] = _done[partition];
            _consumer.Seek(new TopicPartitionOffset(JobSettings.Inputs, partition, _done[partition]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _consumer.DisposeAsync().ConfigureAwait(false);
        await _producer.DisposeAsync().ConfigureAwait(false);
    }
}
