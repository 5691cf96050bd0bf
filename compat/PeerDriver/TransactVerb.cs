using System.Globalization;
using System.Text;
using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>Plays a plan of transactions: commits, aborts, waits, and initialises again.</summary>
sealed class TransactVerb
{
    readonly ProducerConfig _config;
    readonly string _topic, _id;
    readonly int _partitions, _size;
    readonly TimeSpan _patience;
    ITransactionalProducer<byte[], byte[]> _producer;
    int _number, _transaction, _committed, _aborted, _unknown;

    TransactVerb(ProducerConfig config, string topic, int partitions, string id, int start, int size, TimeSpan patience)
    {
        (_config, _topic, _partitions, _id, _number, _size, _patience) = (config, topic, partitions, id, start, size, patience);
        _producer = Make();
    }

    public static async Task<int> RunAsync(Options options, CancellationToken stop)
    {
        var config = options.Configure(new ProducerConfig
        {
            TransactionalId = options.Text("transactional-id"), LingerMs = 5, MaxBlockMs = 60_000,
            CompressionType = Codecs.Of(options.Text("codec", "none")), TransactionTimeoutMs = options.Number("transaction-timeout", 30_000),
        });
        // A request has to fit into the transaction.
        config.RequestTimeoutMs = Math.Min(5000, config.TransactionTimeoutMs!.Value / 2);
        var (topic, partitions, plan, start) = (options.Text("topic"), options.Number("partitions"), options.Text("plan"), options.Number("start", 0));
        var verb = new TransactVerb(config, topic, partitions, options.Text("id", "t"), start, options.Number("size", 0), options.Patience);
        options.RefuseUnread();
        await using var stopped = new AsyncStop(verb);
        return await verb.PlayAsync(plan.Split(' ', StringSplitOptions.RemoveEmptyEntries), stop);
    }

    /// <summary>Whatever way the plan ends, the producer of that moment is closed.</summary>
    sealed class AsyncStop(TransactVerb verb) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => verb._producer.DisposeAsync();
    }

    ITransactionalProducer<byte[], byte[]> Make() => new ProducerBuilder<byte[], byte[]>(_config).BuildTransactional();

    async Task InitAsync()
    {
        using var late = new CancellationTokenSource(_patience);
        while (true)
        {
            try
            {
                await _producer.InitTransactionsAsync(late.Token);
                break;
            }
            catch (KafkaException failure) when (failure.IsRetriable && !late.IsCancellationRequested)
            {
                Console.Error.WriteLine($"init again: {failure.Message}");
            }
        }
        Line.Print(json => json.WriteBoolean("init", true));
    }

    async Task ReplaceAsync()
    {
        await _producer.DisposeAsync();
        _producer = Make();
        await InitAsync();
    }

    async Task<int> PlayAsync(string[] words, CancellationToken stop)
    {
        await InitAsync();
        foreach (var word in words)
        {
            if (stop.IsCancellationRequested) break;
            var count = word.Length > 1 ? int.Parse(word.AsSpan(1), CultureInfo.InvariantCulture) : 0;
            switch (word[0])
            {
                case 'w':
                    await Task.Delay(count, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case 'i':
                    await ReplaceAsync();
                    break;
                case 'c' or 'a' or 'o':
                    await OneAsync(word[0], count, stop);
                    break;
                default:
                    throw new UnknownOptionException($"--plan has '{word}'");
            }
        }
        Line.Print(json =>
        {
            json.WriteBoolean("done", true);
            json.WriteNumber("committed", _committed);
            json.WriteNumber("aborted", _aborted);
            json.WriteNumber("unknown", _unknown);
        });
        return 0;
    }

    async Task OneAsync(char kind, int count, CancellationToken stop)
    {
        var ordinal = _transaction++;
        ITransaction<byte[], byte[]>? transaction = null;
        try
        {
            transaction = await _producer.BeginTransactionAsync(CancellationToken.None);
            Print("begin", ordinal);
            var reports = new List<Task>(count);
            for (var end = _number + count; _number < end; _number++)
                reports.Add(ReportAsync(await AcceptAsync(transaction, _number), _number));
            if (kind == 'o')
            {
                await Task.WhenAll(reports);
                Line.Print(json => json.WriteBoolean("open", true));
                kind = await ToldAsync(stop);
            }
            if (kind == 'c')
            {
                await CommitAsync(transaction);
                await Task.WhenAll(reports);
                _committed++;
                Print("commit", ordinal);
                return;
            }
            await transaction.AbortAsync(CancellationToken.None);
            await Task.WhenAll(reports);
            _aborted++;
            Print("abort", ordinal);
        }
        catch (KafkaException failure) when (failure.TransactionRequiresAbort && transaction is not null)
        {
            Console.Error.WriteLine($"abortable: {failure.Message}");
            try
            {
                await transaction.AbortAsync(CancellationToken.None);
                _aborted++;
                Print("abort", ordinal, failure);
            }
            catch (KafkaException worse) when (worse is not ProducerFencedException)
            {
                await UnknownAsync(ordinal, worse);
            }
        }
        catch (KafkaException failure) when (failure is not ProducerFencedException)
        {
            await UnknownAsync(ordinal, failure);
        }
    }

    async Task UnknownAsync(int ordinal, KafkaException failure)
    {
        Console.Error.WriteLine($"unknown: {failure.Message}");
        _unknown++;
        Print("unknown", ordinal, failure);
        await ReplaceAsync();
    }

    /// <summary>What the documentation says of a commit whose answer is lost: commit again.</summary>
    async Task CommitAsync(ITransaction<byte[], byte[]> transaction)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            try
            {
                await transaction.CommitAsync(CancellationToken.None);
                return;
            }
            catch (TransactionOutcomeUnknownException) when (clock.Elapsed < _patience)
            {
                Console.Error.WriteLine("commit again");
            }
        }
    }

    static async Task<char> ToldAsync(CancellationToken stop)
    {
        var told = Console.In.ReadLineAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(told, Task.Delay(Timeout.Infinite, stop));
        if (!told.IsCompleted) return 'a';
        switch (await told)
        {
            case "commit": return 'c';
            case "abort": return 'a';
            default:
                Environment.Exit(0);
                return 'x';
        }
    }

    /// <summary>A record that is not accepted is told, and makes the transaction one to be aborted.</summary>
    async Task<Delivery> AcceptAsync(ITransaction<byte[], byte[]> transaction, int number)
    {
        var key = Encoding.UTF8.GetBytes($"{_id}-{number}");
        var value = Encoding.UTF8.GetBytes($"{_id}-{number}".PadRight(_size, '.'));
        var headers = new Headers { { "n", Encoding.UTF8.GetBytes($"{number}") } };
        try
        {
            return await transaction.EnqueueAsync(_topic, new RawRecord { Partition = number % _partitions, Key = key, Value = value, Headers = headers });
        }
        catch (KafkaException failure)
        {
            PrintFailure(number, failure);
            throw;
        }
    }

    static async Task ReportAsync(Delivery delivery, int number)
    {
        try
        {
            var delivered = await delivery;
            Line.Print(json =>
            {
                json.WriteNumber("ack", number);
                json.WriteNumber("partition", delivered.Partition);
                json.WriteNumber("offset", Math.Max(-1, delivered.Offset.Value));
            });
        }
        catch (KafkaException failure)
        {
            PrintFailure(number, failure);
        }
    }

    static void PrintFailure(int number, KafkaException failure) => Line.Print(json =>
    {
        json.WriteNumber("fail", number);
        json.WriteString("error", ErrorName.Of(failure.Error));
    });

    static void Print(string what, int ordinal, KafkaException? failure = null) => Line.Print(json =>
    {
        json.WriteNumber(what, ordinal);
        if (failure is not null) json.WriteString("error", ErrorName.Of(failure.Error));
    });
}
