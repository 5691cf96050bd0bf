using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>
/// A producer of bytes: everything behind the typed producer. Callers append to accumulators; one loop runs the machine, which decides; one sender per broker
/// talks to it; one pump runs handlers. None of them waits for another except through queues bounded by buffer.memory.
///
/// Nothing is dialled before the first use. Closing refuses new records, waits for those on their way as long as it may, and then ends the rest by their true state.
/// </summary>
internal sealed class ProducerEngine : IAccumulatorPort, IAsyncDisposable
{
    /// <summary>How long handlers are waited for when nothing is left of the patience.</summary>
    static readonly TimeSpan LeastForHandlers = TimeSpan.FromSeconds(1);

    static readonly Error ClosedByCaller = new(LocalErrorCode.Closed, "the producer is closed");

    readonly TimeProvider _time;
    readonly long _startedAt;
    readonly ILogger _logger;
    readonly IPartitioner? _partitioner;
    readonly ConcurrentDictionary<string, TopicAccumulator> _topics = new(StringComparer.Ordinal);
    readonly ClusterConnections _connections;
    readonly TopicLookup _lookup;
    readonly ProducerLoop _loop;
    readonly ProducerEffects _effects;
    readonly Lock _gate = new();
    TopicAccumulator? _lastTopic;
    volatile Error? _refusal;
    bool _isStarted;
    Task? _closing;

    public ProducerEngine(ProducerOptions options, ConnectionOptions connectionOptions, IPartitioner? partitioner, TimeProvider time, ILogger logger)
    {
        (Options, _time, _logger, _partitioner) = (options, time, logger, partitioner);
        _startedAt = time.GetTimestamp();
        Memory = new MemoryBudget(options.BufferBytes, options.BufferRecords, OnMemoryReturned);
        Builders = new BuilderPool(options.BatchSizeBytes, (int)Math.Clamp(options.BufferBytes / options.BatchSizeBytes / 2, 1, 16));
        Pump = new CompletionPump(logger);
        Room = new WaitingRoom(this, Pump, time);
        _connections = new ClusterConnections(connectionOptions);
        _lookup = new TopicLookup(_connections.Metadata, Room, options, time);
        var machine = new ProducerMachine(options, seed: (ulong)Random.Shared.NextInt64());
        _loop = new ProducerLoop(machine, time, () => Now);
        _effects = new ProducerEffects(this, _connections, _loop, logger);
        _connections.Metadata.Changed += OnMetadata;
    }

    public ProducerOptions Options { get; }
    public MemoryBudget Memory { get; }
    public BuilderPool Builders { get; }
    public CompletionPump Pump { get; }
    public WaitingRoom Room { get; }
    public Error ClosedBy => _refusal ?? ClosedByCaller;
    public TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Who the producer is to the brokers at the moment.</summary>
    public ProducerIdentity Identity => _effects.Identity;

    /// <summary>Raised on the completion pump.</summary>
    public event Action<ProducerEvent>? Events;

    public void Post(ProducerInput input) => _loop.Post(input);

    public void CloseElsewhere(BufferedBatch batch) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Engine.CloseBatch(work.Batch), (Engine: this, Batch: batch), preferLocal: false);

    /// <summary>Compresses, sums, and tells the machine.</summary>
    public void CloseBatch(BufferedBatch batch)
    {
        batch.Builder.Close(Options.Compression, Options.CompressionLevel);
        var (count, size) = (batch.Builder.RecordCount, batch.Builder.SizeInBytes);
        batch.GroupCount = count;
        // What a compressed or half-filled batch did not need is free again. A pooled array is as large as it is, full or not.
        if (!batch.IsPooled && batch.GrantedBytes > size)
        {
            Memory.Return(batch.GrantedBytes - size);
            batch.GrantedBytes = size;
        }
        Post(new BatchSealed(batch, count, size));
    }

    /// <summary>Accepts a record if that is possible at once.</summary>
    /// <exception cref="ProduceException">The record can never be accepted.</exception>
    public AppendOutcome TryAppend(string topic, in RawRecord record, DeliveryCallback? callback, out Delivery delivery, out TopicAccumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (_refusal is { } reason) throw Refusals.Closed(new TopicPartition(topic, record.Partition ?? -1), reason);
        accumulator = Topic(topic);
        if (Room.MustQueue(accumulator))
        {
            delivery = default;
            return AppendOutcome.MustQueue;
        }
        var timestamp = record.Timestamp.IsSet ? record.Timestamp.UnixMilliseconds : _time.GetUtcNow().ToUnixTimeMilliseconds();
        var outcome = accumulator.TryAppend(record, timestamp, callback, out delivery);
        switch (outcome)
        {
            case AppendOutcome.TooLarge: throw Refusals.TooLarge(new TopicPartition(topic, record.Partition ?? -1));
            case AppendOutcome.Closed: throw Refusals.Closed(new TopicPartition(topic, record.Partition ?? -1), ClosedBy);
            case AppendOutcome.NeedsMetadata: _lookup.Begin(accumulator); break;
        }
        return outcome;
    }

    /// <summary>Accepts a record, now or in its turn.</summary>
    public ValueTask<Delivery> AppendAsync(string topic, in RawRecord record, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<Delivery>(cancellation);
        var outcome = TryAppend(topic, record, null, out var delivery, out var accumulator);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch) return new ValueTask<Delivery>(delivery);
        var waiting = new WaitingRecord(accumulator, record, TimestampOf(record), null, Now);
        Wait(waiting, outcome, cancellation);
        return new ValueTask<Delivery>(waiting.Task);
    }

    /// <summary>Accepts a record, now or in its turn, and tells the callback how it ended.</summary>
    /// <exception cref="ProduceException">There is no memory even to wait.</exception>
    public void Append(string topic, in RawRecord record, DeliveryCallback? callback)
    {
        var outcome = TryAppend(topic, record, callback, out _, out var accumulator);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch) return;
        long reserved = record.Key.Length + record.Value.Length;
        if (outcome == AppendOutcome.NeedsMemory || !Memory.TryTake(reserved)) throw Refusals.QueueFull(new TopicPartition(topic, record.Partition ?? -1));
        var waiting = new WaitingRecord(accumulator, record, TimestampOf(record), callback ?? new NoHandler(), Now) { ReservedBytes = reserved };
        Wait(waiting, outcome, CancellationToken.None);
    }

    void Wait(WaitingRecord waiting, AppendOutcome because, CancellationToken cancellation)
    {
        Room.Enter(waiting, because, cancellation);
        if (!waiting.Topic.Has(waiting.Partition)) _lookup.Begin(waiting.Topic);
    }

    long TimestampOf(in RawRecord record) => record.Timestamp.IsSet ? record.Timestamp.UnixMilliseconds : _time.GetUtcNow().ToUnixTimeMilliseconds();

    TopicAccumulator Topic(string name)
    {
        var last = _lastTopic;
        if (last is not null && (ReferenceEquals(last.Name, name) || last.Name == name)) return last;
        if (!_topics.TryGetValue(name, out var topic))
        {
            Start();
            topic = _topics.GetOrAdd(name, static (name, engine) => new TopicAccumulator(name, engine, engine._partitioner), this);
        }
        return _lastTopic = topic;
    }

    /// <summary>Construction does nothing that can be seen from outside; the first use does.</summary>
    void Start()
    {
        lock (_gate)
        {
            if (_closing is not null) throw Refusals.Closed(default, ClosedBy);
            if (_isStarted) return;
            _isStarted = true;
            _loop.Start(_effects);
        }
    }

    void OnMemoryReturned() => Room.Serve();

    void OnMetadata(MetadataView view)
    {
        foreach (var topic in _topics.Values)
            if (view.Find(topic.Name) is { } metadata) topic.Update(metadata);
        Room.Serve();
    }

    public void Raise(ProducerEvent raised)
    {
        // Each by itself: one that throws keeps no other from being told.
        foreach (var handler in Delegate.EnumerateInvocationList(Events)) Pump.PostHandler(() => handler(raised));
    }

    public async ValueTask<FlushResult> FlushAsync(CancellationToken cancellation)
    {
        if (_closing is not null) throw Refusals.Closed(default, ClosedBy);
        var flush = _effects.BeginFlush(_topics.Values, isAwaitedByCaller: true);
        return await flush.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Refuses new records, and says why; those accepted go on.</summary>
    public void RefuseRecords(Error reason)
    {
        lock (_gate) _refusal ??= reason;
        Room.Close();
        foreach (var topic in _topics.Values) topic.Close();
    }

    /// <summary>Refuses new records; those that Produce took may still wait for their topic, which stays open for them.</summary>
    void RefuseNewRecords(Error reason)
    {
        lock (_gate) _refusal ??= reason;
        Room.CloseDoor();
        foreach (var topic in _topics.Values)
            if (topic.WaitingCount == 0) topic.Close();
    }

    public void Refused(ProduceException failure, bool isWatched) => _effects.Refused(failure, isWatched);

    public IReadOnlyList<PartitionAccumulator> PartitionsOf(string topic) => _topics.TryGetValue(topic, out var known) ? known.Partitions : [];

    public IEnumerable<DeliveryGroup> UnfinishedGroups() => _topics.Values.SelectMany(topic => topic.Partitions).SelectMany(partition => partition.Unfinished());

    public ValueTask DisposeAsync() => new(CloseAsync(Options.CloseTimeout));

    /// <summary>Closes once; later calls wait for the same end. A handler that closes the producer does not wait for the handlers, of which it is one.</summary>
    public Task CloseAsync(TimeSpan patience)
    {
        Task closing;
        var begunAt = Now;
        lock (_gate) closing = _closing ??= Task.Run(() => CloseOnceAsync(patience));
        return Pump.IsCurrent ? closing : WaitForHandlersAsync(closing, begunAt + patience);
    }

    /// <summary>
    /// Handlers get what is left of the patience. When records used it up, their reports are only now on their way to the handlers, and quick ones are still waited for.
    /// </summary>
    async Task WaitForHandlersAsync(Task closing, TimeSpan until)
    {
        await closing.ConfigureAwait(false);
        var drained = Pump.DrainAsync();
        var left = until - Now;
        await drained.WaitAsync(left > LeastForHandlers ? left : LeastForHandlers, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!drained.IsCompleted) Log.HandlersLeft(_logger, Pump.HandlersLeft);
    }

    async Task CloseOnceAsync(TimeSpan patience)
    {
        RefuseNewRecords(ClosedByCaller);
        if (_isStarted && patience > TimeSpan.Zero) await WaitForUnfinishedAsync(patience).ConfigureAwait(false);
        RefuseRecords(ClosedByCaller);
        Post(new Closed(new Error(LocalErrorCode.Closed, "the producer was closed before the record was delivered")));
        _loop.End();
        if (_isStarted) await _loop.Ended.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
        await _effects.CompleteAsync().ConfigureAwait(false);
        _lookup.Dispose();
        _loop.Dispose();
        Room.Dispose();
        Builders.Dispose();
    }

    async Task WaitForUnfinishedAsync(TimeSpan patience)
    {
        var flush = _effects.BeginFlush(_topics.Values, isAwaitedByCaller: false);
        await ((Task)flush.Task).WaitAsync(patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
