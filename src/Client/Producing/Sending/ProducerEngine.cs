using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Client.Producing.Accumulation;
using Semel.Client.Transacting.Sending;

namespace Semel.Client.Producing.Sending;

/// <summary>
/// A producer of bytes: everything behind the typed producer, put together, and its life from the first record to the close. Callers append to accumulators
/// (<see cref="Admission"/>); one loop runs the machine, which decides (<see cref="ProducerLoop"/>); what it decides is carried out by
/// <see cref="ProducerEffects"/>, with one sender per broker; how records ended goes through <see cref="DeliveryReports"/>; one pump runs handlers.
/// None of them waits for another except through queues bounded by buffer.memory.
///
/// Nothing is dialled before the first use. Closing refuses new records, waits for those on their way as long as it may, and then ends the rest by their true state.
/// </summary>
internal sealed class ProducerEngine : IAsyncDisposable
{
    /// <summary>How long handlers are waited for when nothing is left of the patience.</summary>
    static readonly TimeSpan LeastForHandlers = TimeSpan.FromSeconds(1);

    readonly TimeProvider _time;
    readonly long _startedAt;
    readonly ILogger _logger;
    readonly CompletionPump _pump;
    readonly ClusterConnections _connections;
    readonly TopicLookup _lookup;
    readonly ProducerLoop _loop;
    readonly ProducerEffects _effects;
    readonly Lock _gate = new();
    volatile string? _clusterId;
    bool _isStarted;
    Task? _closing;

    public ProducerEngine(ProducerOptions options, ConnectionOptions connectionOptions, IPartitioner? partitioner, TimeProvider time, ILogger logger,
        IReadOnlyList<IProducerInterceptor>? interceptors = null)
    {
        (Options, _time, _logger) = (options, time, logger);
        _startedAt = time.GetTimestamp();
        var memory = new MemoryBudget(options.BufferBytes, options.BufferRecords);
        _pump = new CompletionPump(logger);
        Reports = new DeliveryReports(_pump, Counters, logger, () => Now);
        _loop = new ProducerLoop(new ProducerMachine(options, seed: (ulong)Random.Shared.NextInt64()), time, () => Now);
        Batches = new Batches(options, memory, _pump, Counters, _loop.Post, () => Now);
        _connections = new ClusterConnections(connectionOptions);
        Admission = new Admission(Batches, memory, partitioner, new RecordWatch(interceptors ?? [], _pump, logger), topic => _lookup!.Begin(topic), Reports.Refused, Start, time);
        _lookup = new TopicLookup(_connections.Metadata, Admission.Room, options, time, () => Now, told => _effects!.Tell(told));
        _effects = new ProducerEffects(this, _connections, _loop, logger);
        if (options.TransactionalId is not null) Transactions = new TransactionEngine(this, _connections, _loop, logger);
        _connections.Metadata.Changed += OnMetadata;
    }

    public ProducerOptions Options { get; }
    public Admission Admission { get; }
    public Batches Batches { get; }
    public DeliveryReports Reports { get; }
    public ProducerCounters Counters { get; } = new();
    /// <summary>Null without a transactional id.</summary>
    public TransactionEngine? Transactions { get; }
    public Outages Outages => _connections.Outages;
    public ConnectionSummary Connections => _connections.Summary();
    public ClusterFeatures Features => _connections.Features;
    public TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Who the producer is to the brokers at the moment.</summary>
    public ProducerIdentity Identity => _effects.Identity;

    /// <summary>Raised on the completion pump.</summary>
    public event Action<ProducerEvent>? Events;

    /// <summary>Construction does nothing that can be seen from outside; the first use does.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_closing is not null) throw Refusals.Closed(default, Admission.ClosedBy);
            if (_isStarted) return;
            _isStarted = true;
            ProducerMetrics.Began(Admission);
            _loop.Start(_effects);
        }
    }

    void OnMetadata(MetadataView view)
    {
        if (view.ClusterId is { } cluster && cluster != _clusterId) _loop.Post(new ClusterSeen(_clusterId = cluster));
        Admission.Topics.Update(view);
        Admission.Room.Serve();
    }

    public void Raise(ProducerEvent raised)
    {
        // Each by itself: one that throws keeps no other from being told.
        foreach (var handler in Delegate.EnumerateInvocationList(Events)) _pump.PostHandler(() => handler(raised));
    }

    public async ValueTask<FlushResult> FlushAsync(CancellationToken cancellation)
    {
        if (_closing is not null) throw Refusals.Closed(default, Admission.ClosedBy);
        // A handler that waited for the handlers would wait for itself.
        var isHandler = _pump.IsCurrent;
        var result = await Admission.FlushAsync(isWatched: true).WaitAsync(cancellation).ConfigureAwait(false);
        if (!isHandler) await _pump.HandlersAsync().WaitAsync(cancellation).ConfigureAwait(false);
        return result;
    }

    /// <summary>
    /// For `using`, which has no other way to wait: the one place where a thread is held. It may be any thread: nothing that is waited for runs on the caller's
    /// context, and a handler that closes the producer does not wait for the handlers.
    /// </summary>
    public void Close() => CloseAsync(Options.CloseTimeout).GetAwaiter().GetResult();

    public ValueTask DisposeAsync() => new(CloseAsync(Options.CloseTimeout));

    /// <summary>Closes once; later calls wait for the same end. A handler that closes the producer does not wait for the handlers, of which it is one.</summary>
    public Task CloseAsync(TimeSpan patience)
    {
        Task closing;
        var begunAt = Now;
        lock (_gate) closing = _closing ??= Task.Run(() => CloseOnceAsync(patience));
        return _pump.IsCurrent ? closing : WaitForHandlersAsync(closing, begunAt + patience);
    }

    /// <summary>
    /// Handlers get what is left of the patience. When records used it up, their reports are only now on their way to the handlers, and quick ones are still waited for.
    /// </summary>
    async Task WaitForHandlersAsync(Task closing, TimeSpan until)
    {
        await closing.ConfigureAwait(false);
        var drained = _pump.DrainAsync();
        var left = until - Now;
        await drained.WaitAsync(left > LeastForHandlers ? left : LeastForHandlers, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!drained.IsCompleted) Log.HandlersLeft(_logger, _pump.HandlersLeft);
    }

    async Task CloseOnceAsync(TimeSpan patience)
    {
        var until = Now + patience;
        if (_isStarted && Transactions is not null) await Transactions.EndOpenAsync(patience).ConfigureAwait(false);
        Admission.RefuseNew(Admission.ClosedBy);
        if (_isStarted && until > Now) await WaitForUnfinishedAsync(until - Now).ConfigureAwait(false);
        Admission.RefuseAll(Admission.ClosedBy);
        _loop.Post(new Closed(new Error(LocalErrorCode.Closed, "the producer was closed before the record was delivered")));
        _loop.End();
        if (_isStarted) await _loop.Ended.ConfigureAwait(false);
        if (Transactions is not null) await Transactions.CloseAsync(Admission.ClosedBy).ConfigureAwait(false);
        if (Reports.GivenUp is { IsNone: false } lost) _effects.Tell(new RecordsGivenUp(lost.NotPersisted, lost.PossiblyPersisted));
        await _connections.DisposeAsync().ConfigureAwait(false);
        await _effects.CompleteAsync().ConfigureAwait(false);
        ProducerMetrics.Ended(Admission);
        _lookup.Dispose();
        _loop.Dispose();
        Admission.Dispose();
        Batches.Dispose();
    }

    async Task WaitForUnfinishedAsync(TimeSpan patience)
    {
        await ((Task)Admission.FlushAsync(isWatched: false)).WaitAsync(patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
