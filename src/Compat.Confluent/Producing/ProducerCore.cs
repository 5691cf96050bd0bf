using System.Collections.Concurrent;

namespace Semel.Compat.Confluent;

/// <summary>The producer itself, for any types: records as bytes, their ends, and the thread that handlers run on. Thread safe.</summary>
sealed class ProducerCore : RunningClient
{
    readonly ConcurrentDictionary<string, TopicGate> _gates = new();
    readonly IRecordSink _sink;
    readonly IDisposable _below;
    readonly Inner.IProducer _plain;
    readonly int _mostRecords;
    readonly Thread _handlers;
    readonly Func<string, TopicGate> _makeGate;
    readonly ProducerStatistics _statistics;
    int _outstanding, _waiting;
    volatile bool _handlersEnd;

    public ProducerCore(IEnumerable<KeyValuePair<string, string>> config, ProducerHandlers handlers, Inner.IPartitioner partitioner) : base(config, "producer")
    {
        _makeGate = topic => new TopicGate(topic, Post, Waits);
        _mostRecords = ClientKeys.QueuedRecordsOf(Config);
        ReportsAreOn = ClientKeys.Flag(Config, ConfigPropertyNames.Producer.EnableDeliveryReports, true);
        IsPolledByHand = !ClientKeys.Flag(Config, ConfigPropertyNames.Producer.EnableBackgroundPoll, true);
        Fields = new ReportFields(Value(ConfigPropertyNames.Producer.DeliveryReportFields));
        var builder = new Inner.ProducerBuilder<byte[], byte[]>(ClientKeys.OfProducer(Config)).UseLoggerFactory(new LogBridge(Name, handlers.Log));
        if (partitioner is not null) builder.SetPartitioner(partitioner);
        var down = new BrokersDown(Value("bootstrap.servers"), Tell(handlers.Error));
        try
        {
            if (string.IsNullOrEmpty(Value("transactional.id")))
            {
                var producer = builder.Build();
                (_below, _plain, _sink, Transactions) = (producer, producer, new ProducerSink(producer), new NoTransactions());
                producer.Unreachable += down.Tell;
                Info = () => producer.Info;
            }
            else
            {
                var producer = builder.BuildTransactional();
                var transactions = new OpenTransactions(producer, this);
                (_below, _sink, Transactions) = (producer, transactions, transactions);
                producer.Unreachable += down.Tell;
                Info = () => producer.Info;
            }
        }
        catch (Inner.KafkaConfigException refused)
        {
            throw Refusal.Of(refused);
        }
        if (ClientKeys.Number(Config, "statistics.interval.ms") is > 0 and var interval && handlers.Statistics is { } statistics)
            _statistics = new ProducerStatistics(this, interval, statistics);
        if (IsPolledByHand) return;
        _handlers = new Thread(RunHandlers) { IsBackground = true, Name = $"{Name} handlers" };
        _handlers.Start();
    }

    /// <summary>Whether records are told how they ended.</summary>
    public bool ReportsAreOn { get; }
    /// <summary>Whether <see cref="Poll"/> runs the handlers.</summary>
    public bool IsPolledByHand { get; }
    public ReportFields Fields { get; }
    public Transactions Transactions { get; }
    public Func<Inner.ProducerInfo> Info { get; }
    public RecordCounts Counts { get; } = new();
    /// <summary>Records taken and not reported.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);
    public int MostRecords => _mostRecords;

    Action<Error> Tell(Action<Error> handler) => error =>
    {
        if (handler is not null && !IsDisposed) Events.Post(() => handler(error));
    };

    /// <summary>Takes a record.</summary>
    /// <exception cref="Inner.ProduceException">It was not taken.</exception>
    public void Produce(string topic, in Inner.RawRecord raw, PendingRecord record)
    {
        ThrowIfDisposed();
        if (Interlocked.Increment(ref _outstanding) > _mostRecords)
        {
            Interlocked.Decrement(ref _outstanding);
            throw Refusal.QueueIsFull(topic, raw.Partition, _mostRecords);
        }
        try
        {
            _gates.GetOrAdd(topic, _makeGate).Bring(_sink, raw, record);
        }
        catch
        {
            Ended();
            throw;
        }
        Counts.Took(record.Bytes);
    }

    /// <summary>A record has ended; whoever asked is told on a thread of handlers.</summary>
    void Post(PendingRecord record, Inner.ProduceException failure)
    {
        if (failure is not null) Transactions.Refused(failure);
        Events.Post(() =>
        {
            try
            {
                Inner.DeliveryResult result = default;
                if (failure is null)
                {
                    try { result = record.Delivery.GetAwaiter().GetResult(); }
                    catch (Inner.ProduceException found) { failure = found; }
                }
                Counts.Ended(record, result, failure);
                record.Report(result, failure);
            }
            finally
            {
                Ended();
            }
        });
    }

    void Waits(int more)
    {
        if (Interlocked.Add(ref _waiting, more) == 0) Events.Wake();
    }

    /// <summary>Until every record that was taken is accepted by the client below, or has ended.</summary>
    /// <returns>False when the time was over before.</returns>
    public bool WaitUntilAccepted(Limit limit)
    {
        while (true)
        {
            var wakes = Events.Wakes;
            if (IsPolledByHand) Run();
            if (Volatile.Read(ref _waiting) == 0) return true;
            if (limit.IsOver) return false;
            Events.Wait(wakes, limit.Left);
        }
    }

    void Ended()
    {
        Interlocked.Decrement(ref _outstanding);
        Events.Wake();
    }

    void RunHandlers()
    {
        while (true)
        {
            var wakes = Events.Wakes;
            Run();
            if (_handlersEnd) return;
            Events.Wait(wakes, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A handler that throws harms neither the thread nor other records; with polling by hand its exception is the caller's.</summary>
    int Run()
    {
        if (IsPolledByHand) return Events.RunAll();
        for (var ran = 0; ; ran++)
        {
            try { return ran + Events.RunAll(); }
            catch (Exception failure)
            {
                Loggers.ConsoleLogger(new LogMessage(Name, SyslogLevel.Error, "HANDLER", $"a handler of the application threw: {failure}"));
            }
        }
    }

    public int Poll(TimeSpan timeout)
    {
        ThrowIfDisposed();
        if (!IsPolledByHand) return 0;
        var limit = new Limit(timeout);
        while (true)
        {
            var wakes = Events.Wakes;
            var ran = Run();
            if (ran > 0 || limit.IsOver) return ran;
            Events.Wait(wakes, limit.Left);
        }
    }

    /// <returns>How many records are left.</returns>
    public int Flush(TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowIfDisposed();
        var limit = new Limit(timeout);
        if (Outstanding > 0 && _plain is not null) _ = HurryAsync();
        using var waking = cancellation.Register(Events.Wake);
        while (true)
        {
            var wakes = Events.Wakes;
            if (IsPolledByHand) Run();
            var left = Outstanding - (Thread.CurrentThread == _handlers ? 1 : 0);
            if (left <= 0) return 0;
            cancellation.ThrowIfCancellationRequested();
            if (limit.IsOver) return left;
            // A handler that flushes runs the others itself: nobody else would.
            if (Thread.CurrentThread == _handlers && Run() > 0) continue;
            Events.Wait(wakes, limit.Left);
        }
    }

    /// <summary>Until what has ended is told, unless a handler takes long over it.</summary>
    public void WaitForReports()
    {
        if (IsPolledByHand || Thread.CurrentThread == _handlers) return;
        for (var limit = new Limit(TimeSpan.FromSeconds(5)); !limit.IsOver;)
        {
            var wakes = Events.Wakes;
            if (Outstanding == 0) return;
            Events.Wait(wakes, limit.Left);
        }
    }

    async Task HurryAsync()
    {
        try { await _plain.FlushAsync().ConfigureAwait(false); }
        catch (Inner.KafkaException)
        {
            // The producer is closed; each record has its own report.
        }
    }

    protected override void End()
    {
        _statistics?.Dispose();
        // Records that still wait for their topic or for memory are the client's below only when they are accepted.
        WaitUntilAccepted(new Limit(TimeSpan.FromMilliseconds(ClientKeys.Number(Config, "close.timeout.ms") ?? 30_000)));
        _below.Dispose();
        _handlersEnd = true;
        Events.Wake();
        if (_handlers is not null && Thread.CurrentThread != _handlers) _handlers.Join();
    }
}
