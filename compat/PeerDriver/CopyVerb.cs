using System.Diagnostics;
using System.Text;
using Semel.Client;
using Semel.Protocol;

namespace Semel.PeerDriver;

/// <summary>
/// Consume, transform, produce by hand, as the documentation shows it: begin with the first record, send the offsets with the group's metadata, commit; after anything
/// else abort and read again from what is committed. A transaction whose partitions are taken away is aborted before they go.
/// </summary>
sealed class CopyVerb : IAsyncDisposable
{
    static readonly TimeSpan LongestTransaction = TimeSpan.FromMilliseconds(200);

    readonly ProducerConfig _config;
    readonly IConsumer<byte[], byte[]> _consumer;
    readonly string _to;
    readonly int _count, _batch, _abortEvery;
    readonly TimeSpan _idle, _patience;
    // Held while a transaction is worked on: a revocation waits for the step, and the next step for the revocation.
    readonly SemaphoreSlim _step = new(1, 1);
    readonly HashSet<TopicPartition> _assigned = [];
    readonly Dictionary<TopicPartition, long> _next = [];
    ITransactionalProducer<byte[], byte[]> _producer;
    ITransaction<byte[], byte[]>? _transaction;
    long _begunAt;
    int _records, _ordinal, _done;

    CopyVerb(ProducerConfig config, IConsumer<byte[], byte[]> consumer, string to, int count, int batch, int abortEvery, TimeSpan idle, TimeSpan patience)
    {
        (_config, _consumer, _to, _count, _batch, _abortEvery, _idle, _patience) = (config, consumer, to, count, batch, abortEvery, idle, patience);
        _producer = Make();
    }

    public static async Task<int> RunAsync(Options options, CancellationToken stop)
    {
        var config = options.Configure(new ProducerConfig { TransactionalId = options.Text("transactional-id"), LingerMs = 5, TransactionTimeoutMs = 30_000 });
        var consumerConfig = Member.Config(options);
        var (from, to, count, _) = (options.Text("from"), options.Text("to"), options.Number("count"), options.Number("partitions"));
        await using var consumer = new ConsumerBuilder<byte[], byte[]>(consumerConfig).Build();
        await using var verb = new CopyVerb(config, consumer, to, count, options.Number("batch", 50), options.Number("abort-every", 0), options.Seconds("idle", 0), options.Patience);
        options.RefuseUnread();
        return await verb.CopyAsync(from, stop);
    }

    ITransactionalProducer<byte[], byte[]> Make() => new ProducerBuilder<byte[], byte[]>(_config).BuildTransactional();

    public ValueTask DisposeAsync() => _producer.DisposeAsync();

    async Task<int> CopyAsync(string from, CancellationToken stop)
    {
        _consumer.Rebalance.OnAssigned((added, _) => ChangedAsync(added, isAdded: true));
        _consumer.Rebalance.OnRevoked((removed, _) => ChangedAsync(removed, isAdded: false));
        _consumer.Rebalance.OnLost((lost, _) => ChangedAsync(lost, isAdded: false));
        await InitAsync();
        _consumer.Subscribe(from);
        var quiet = Stopwatch.StartNew();
        try
        {
            while (_done < _count)
            {
                var record = await _consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50), stop);
                await _step.WaitAsync(CancellationToken.None);
                try
                {
                    if (record is { } got && _assigned.Contains(got.TopicPartition))
                    {
                        quiet.Restart();
                        await TakeAsync(got);
                    }
                    if (_transaction is not null && (_records >= _batch || Stopwatch.GetElapsedTime(_begunAt) >= LongestTransaction)) await EndAsync();
                }
                catch (KafkaException failure) when (failure is not ProducerFencedException)
                {
                    await RecoverAsync(failure);
                }
                finally
                {
                    _step.Release();
                }
                if (_idle > TimeSpan.Zero && _assigned.Count > 0 && quiet.Elapsed >= _idle) break;
                if (quiet.Elapsed >= _patience && _idle == TimeSpan.Zero) throw new TimeoutException($"{_done} of {_count} records, and none for {_patience.TotalSeconds} s");
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop: what is open is aborted when the producer is closed.
        }
        await _step.WaitAsync(CancellationToken.None);
        try
        {
            if (_transaction is not null) await AbortAsync(null);
        }
        finally
        {
            _step.Release();
        }
        await _consumer.DisposeAsync();
        Line.Print(json =>
        {
            json.WriteBoolean("done", true);
            json.WriteNumber("count", _done);
        });
        return 0;
    }

    async ValueTask ChangedAsync(IReadOnlyList<TopicPartition> partitions, bool isAdded)
    {
        await _step.WaitAsync();
        try
        {
            if (!isAdded && _transaction is not null && partitions.Any(_next.ContainsKey)) await AbortAsync(null);
            foreach (var partition in partitions)
            {
                if (isAdded) _assigned.Add(partition);
                else _assigned.Remove(partition);
            }
            Member.PrintAssigned(_assigned);
        }
        finally
        {
            _step.Release();
        }
    }

    async Task InitAsync()
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            try
            {
                await _producer.InitTransactionsAsync();
                return;
            }
            catch (KafkaException failure) when (failure.IsRetriable && clock.Elapsed < _patience)
            {
                Console.Error.WriteLine($"init again: {failure.Message}");
            }
        }
    }

    async Task TakeAsync(ConsumeResult<byte[], byte[]> record)
    {
        if (_transaction is null)
        {
            _transaction = await _producer.BeginTransactionAsync();
            _begunAt = Stopwatch.GetTimestamp();
        }
        var value = Encoding.UTF8.GetBytes("copy of " + Encoding.UTF8.GetString(record.Message.Value ?? []));
        var headers = new Headers { { "from", Encoding.UTF8.GetBytes($"{record.Partition}:{record.Offset.Value}") } };
        await _transaction.EnqueueAsync(_to, new RawRecord { Partition = record.Partition, Key = record.Message.Key, Value = value, Headers = headers });
        _next[record.TopicPartition] = record.Offset.Value + 1;
        _records++;
    }

    async Task EndAsync()
    {
        if (_abortEvery > 0 && (_ordinal + 1) % _abortEvery == 0)
        {
            await AbortAsync(null);
            return;
        }
        var transaction = _transaction!;
        await transaction.SendOffsetsAsync([.. _next.Select(entry => new TopicPartitionOffset(entry.Key, entry.Value))], _consumer.GroupMetadata);
        for (var clock = Stopwatch.StartNew(); ;)
        {
            try
            {
                await transaction.CommitAsync();
                break;
            }
            catch (TransactionOutcomeUnknownException) when (clock.Elapsed < _patience)
            {
                Console.Error.WriteLine("commit again");
            }
        }
        Line.Print(json =>
        {
            json.WriteNumber("commit", _ordinal);
            json.WriteNumber("records", _records);
        });
        _done += _records;
        Forget();
    }

    void Forget()
    {
        _transaction = null;
        _ordinal++;
        _records = 0;
        _next.Clear();
    }

    /// <param name="because">Null when it is done on purpose.</param>
    async Task AbortAsync(KafkaException? because)
    {
        await _transaction!.AbortAsync();
        Print("abort", because);
        Forget();
        await RewindAsync();
    }

    async Task RecoverAsync(KafkaException failure)
    {
        Console.Error.WriteLine($"recovering: {failure.Message}");
        if (_transaction is null)
        {
            if (failure.IsRetriable) return;
            await ReplaceAsync();
            return;
        }
        try
        {
            if (failure.TransactionRequiresAbort)
            {
                await AbortAsync(failure);
                return;
            }
        }
        catch (KafkaException worse) when (worse is not ProducerFencedException)
        {
            failure = worse;
        }
        Print("unknown", failure);
        Forget();
        await ReplaceAsync();
    }

    async Task ReplaceAsync()
    {
        await _producer.DisposeAsync();
        _producer = Make();
        await InitAsync();
        await RewindAsync();
    }

    async Task RewindAsync()
    {
        var assigned = _consumer.Assignment.Where(_assigned.Contains).ToList();
        if (assigned.Count == 0) return;
        foreach (var committed in await _consumer.CommittedAsync(assigned))
            if (_consumer.Assignment.Contains(committed.TopicPartition))
                _consumer.Seek(committed.Offset.IsSpecial ? new TopicPartitionOffset(committed.TopicPartition, Offset.Beginning) : committed);
    }

    void Print(string what, KafkaException? failure) => Line.Print(json =>
    {
        json.WriteNumber(what, _ordinal);
        if (failure is not null) json.WriteString("error", ErrorName.Of(failure.Error));
    });
}
