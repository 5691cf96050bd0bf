using System.Runtime.CompilerServices;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Errors;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming.Reading;

/// <summary>The public face of a <see cref="RecordSource"/>: pulls one after the other, objects instead of bytes, exceptions instead of faults.</summary>
internal sealed class Consumer<TKey, TValue> : IConsumer<TKey, TValue>, IConnectedClient
{
    readonly ConsumerOptions _options;
    readonly Deserialization<TKey, TValue> _deserialization;
    readonly ClusterConnections _connections;
    readonly RecordSource _source;
    readonly OffsetLookup _offsets;
    DecodedChunk? _peeked;
    ConsumeBatch<TKey, TValue>? _batch;
    int _isPulling, _isDisposed;

    public Consumer(ConsumerOptions options, Deserialization<TKey, TValue> deserialization)
    {
        _options = options;
        _deserialization = deserialization;
        _connections = new ClusterConnections(options.Connections);
        _source = RecordSource.Start(_connections, options);
        _offsets = new OffsetLookup(_connections);
    }

    public event Action<ConsumerEvent>? Events;

    public event Action<BrokerUnreachable>? Unreachable
    {
        add => _connections.Outages.Told += value;
        remove => _connections.Outages.Told -= value;
    }

    public EffectiveConfig Config => _options.Effective!;
    public ConnectionSummary Connections => _connections.Summary();
    internal RecordSource Source => _source;

    public IReadOnlySet<TopicPartition> Assignment => _source.Assignment;
    public void Assign(params IEnumerable<TopicPartitionOffset> partitions) => _source.Assign([.. partitions]);
    public void Unassign() => _source.Unassign();
    public void Seek(in TopicPartitionOffset position) => _source.Seek(position);
    public PartitionPositions GetPositions(TopicPartition partition) => _source.Positions(partition) ?? throw RecordSource.NotAssigned(partition);

    public void Pause(params IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            if (!_source.TryPause(partition) && !Assignment.Contains(partition)) throw RecordSource.NotAssigned(partition);
    }

    public void Resume(params IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            if (!_source.TryResume(partition)) throw RecordSource.NotAssigned(partition);
    }

    public void SkipRecord(ConsumeException exception)
    {
        var (topic, partition, offset) = exception.TopicPartitionOffset;
        if (exception.Fault != ConsumeFault.Deserialization || !_source.TrySkip(new TopicPartition(topic, partition), offset.Value))
            throw new InvalidOperationException($"the position of {exception.TopicPartitionOffset.TopicPartition} does not stand before a record at offset {offset} that could not be deserialised");
    }

    // Pulling

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(IConsumer<TKey, TValue>));
        while (TryBeginPull() && await PullAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false) is { } result) yield return result;
    }

    public ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        BeginPull();
        return PullAsync(timeout, cancellation);
    }

    /// <summary>A pull that was begun; ends it.</summary>
    ValueTask<ConsumeResult<TKey, TValue>?> PullAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var isWaiting = false;
        try
        {
            // What is cancelled is refused in one place, where there may be a wait.
            if (!cancellation.IsCancellationRequested && TryNext(out var result)) return new ValueTask<ConsumeResult<TKey, TValue>?>(result);
            isWaiting = true;
            return WaitForNextAsync(timeout, cancellation);
        }
        finally
        {
            if (!isWaiting) EndPull();
        }
    }

    async ValueTask<ConsumeResult<TKey, TValue>?> WaitForNextAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var began = _options.Time.GetTimestamp();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryNext(out var result)) return result;
                if (_source.IsClosed) return null;
                var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - _options.Time.GetElapsedTime(began);
                if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero) return null;
                await _source.WaitAsync(left, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            EndPull();
        }
    }

    /// <summary>The next record, deserialised before the position moves, so that one that cannot be stays the next.</summary>
    bool TryNext(out ConsumeResult<TKey, TValue> result)
    {
        while (true)
        {
            switch (_source.TryPeek(ref _peeked, out var index, out var end))
            {
                case PeekResult.Record:
                    result = _deserialization.Result(_peeked!, (_peeked!)[index]);
                    var isWanted = _source.TryAdvance(_peeked, index);
                    // Its memory may be what the next fetch waits for.
                    if (_peeked.Left == 0) LetGo();
                    if (isWanted) return true;
                    break;
                case PeekResult.End:
                    result = new ConsumeResult<TKey, TValue>(end.TopicPartition, end.Offset, -1, default) { IsPartitionEof = true };
                    return true;
                default:
                    LetGo();
                    result = default;
                    if (!TellFaults()) return false;
                    break;
            }
        }
    }

    public ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(CancellationToken cancellation = default) => ConsumeBatchAsync(_options.PullRecords, cancellation);

    public ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(int maxRecords, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 1);
        BeginPull();
        var isWaiting = false;
        try
        {
            if (!cancellation.IsCancellationRequested && TryBatch(maxRecords) is { } batch) return new ValueTask<ConsumeBatch<TKey, TValue>>(batch);
            isWaiting = true;
            return WaitForBatchAsync(maxRecords, cancellation);
        }
        finally
        {
            if (!isWaiting) EndPull();
        }
    }

    async ValueTask<ConsumeBatch<TKey, TValue>> WaitForBatchAsync(int maxRecords, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryBatch(maxRecords) is { } batch) return batch;
                if (_source.IsClosed) return new ConsumeBatch<TKey, TValue>(new PulledRecords(), _deserialization);
                await _source.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            EndPull();
        }
    }

    ConsumeBatch<TKey, TValue>? TryBatch(int maxRecords)
    {
        // A pull of single records may have left a chunk held, whose memory would be missing from now on.
        LetGo();
        var pulled = new PulledRecords();
        while (!_source.TryPull(maxRecords, ref pulled))
            if (!TellFaults()) return null;
        return _batch = new ConsumeBatch<TKey, TValue>(pulled, _deserialization);
    }

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeUntilEndAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var ends = await EndsAsync(cancellation).ConfigureAwait(false);
        _source.LearnEnds(ends);
        var reached = new List<TopicPartition>();
        try
        {
            foreach (var partition in ends.Keys.ToArray()) Stop(partition, ends, reached);
            while (ends.Count > 0)
            {
                if (await PullBelowAsync(ends, cancellation).ConfigureAwait(false) is { } result)
                {
                    yield return result;
                    Stop(result.TopicPartition, ends, reached);
                    continue;
                }
                if (_source.IsClosed) yield break;
                foreach (var partition in ends.Keys.ToArray()) Stop(partition, ends, reached);
            }
            // It came back for more after the last record, which is all that it takes to be done with it.
            _source.ProcessDelivered();
        }
        finally
        {
            foreach (var partition in reached) _source.TryResume(partition);
        }
    }

    /// <summary>Asks where the partitions end; what keeps one from being read is told meanwhile, as in any pull.</summary>
    async Task<Dictionary<TopicPartition, long>> EndsAsync(CancellationToken cancellation)
    {
        BeginPull();
        try
        {
            using var asked = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var asking = AskEndsAsync(asked.Token);
            try
            {
                while (!asking.IsCompleted && !_source.IsClosed)
                {
                    TellFaults();
                    using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                    var waiting = _source.WaitAsync(Timeout.InfiniteTimeSpan, waited.Token).AsTask();
                    await Task.WhenAny(asking, waiting).ConfigureAwait(false);
                    await waited.CancelAsync().ConfigureAwait(false);
                    await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                return await asking.ConfigureAwait(false);
            }
            finally
            {
                await asked.CancelAsync().ConfigureAwait(false);
                await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            EndPull();
        }
    }

    async Task<Dictionary<TopicPartition, long>> AskEndsAsync(CancellationToken cancellation)
    {
        var questions = Assignment.Select(partition => (partition, OffsetQuery.Latest)).ToArray();
        var answers = await AskAsync(questions, cancellation).ConfigureAwait(false);
        return answers.ToDictionary(answer => answer.Partition, answer => answer.Offset);
    }

    /// <summary>Takes a partition whose end is reached out of the way, so that what comes behind it stays for the next pull.</summary>
    void Stop(TopicPartition partition, Dictionary<TopicPartition, long> ends, List<TopicPartition> reached)
    {
        if (!ends.TryGetValue(partition, out var end) || _source.Positions(partition) is { } positions && positions.Delivered < end) return;
        ends.Remove(partition);
        if (_source.TryPause(partition)) reached.Add(partition);
    }

    /// <summary>The next record; null when the positions have moved, or may have, without one.</summary>
    async ValueTask<ConsumeResult<TKey, TValue>?> PullBelowAsync(Dictionary<TopicPartition, long> ends, CancellationToken cancellation)
    {
        BeginPull();
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryNext(out var result)) return result;
            if (ends.Any(end => _source.Positions(end.Key) is not { } positions || positions.Delivered >= end.Value)) return null;
            await _source.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            return null;
        }
        finally
        {
            EndPull();
        }
    }

    void BeginPull()
    {
        if (!TryBeginPull()) throw new ObjectDisposedException(typeof(IConsumer<TKey, TValue>).Name);
    }

    /// <returns>False when the consumer is disposed of.</returns>
    bool TryBeginPull()
    {
        if (Interlocked.Exchange(ref _isPulling, 1) != 0)
            return _isDisposed != 0 ? false : throw new InvalidOperationException("a pull is under way: one consumer serves one pull at a time");
        _batch?.Dispose();
        _batch = null;
        if (_isDisposed == 0) return true;
        EndPull();
        return false;
    }

    void EndPull()
    {
        if (_source.IsClosed) LetGo();
        Volatile.Write(ref _isPulling, 0);
    }

    void LetGo()
    {
        _peeked?.Release();
        _peeked = null;
    }

    /// <summary>Tells what happened since the last pull, in order, up to the first that has to be thrown.</summary>
    /// <returns>Whether there was anything.</returns>
    bool TellFaults()
    {
        var any = false;
        while (_source.TryTakeFault(out var fault))
        {
            any = true;
            Raise(new ConsumerEvent(fault!.Kind, fault.Partition, fault.From, fault.To is { } to ? new Offset(to) : null, fault.Reason) { Code = fault.Code });
            if (fault.Throws) throw new ConsumeException(fault.Kind, new TopicPartitionOffset(fault.Partition, fault.From), new Error(fault.Code, fault.Reason));
        }
        return any;
    }

    /// <summary>Each handler by itself: one that throws keeps the event neither from the others nor from the pull.</summary>
    void Raise(ConsumerEvent told)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Events))
        {
            try { handler(told); }
            catch (Exception failure) { ConsumerLog.HandlerFailed(_options.Connections.Logger, failure, told.Fault, told.Partition); }
        }
    }

    // Asking

    public async ValueTask<WatermarkOffsets> GetWatermarksAsync(TopicPartition partition, CancellationToken cancellation = default)
    {
        var answers = await AskAsync([(partition, OffsetQuery.Earliest), (partition, OffsetQuery.Latest)], cancellation).ConfigureAwait(false);
        return new WatermarkOffsets(answers[0].Offset, answers[1].Offset);
    }

    public async ValueTask<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(IReadOnlyCollection<TopicPartitionTimestamp> times, CancellationToken cancellation = default)
    {
        foreach (var time in times)
            if (time.Timestamp.UnixMilliseconds < 0) throw new ArgumentException($"the timestamp for {time.TopicPartition} is not set or lies before 1970", nameof(times));
        var answers = await AskAsync([.. times.Select(time => (time.TopicPartition, new OffsetQuery(time.Timestamp.UnixMilliseconds)))], cancellation).ConfigureAwait(false);
        return [.. answers.Select(answer => new TopicPartitionOffset(answer.Partition, answer.Offset >= 0 ? answer.Offset : Offset.End))];
    }

    async Task<IReadOnlyList<OffsetAnswer>> AskAsync(IReadOnlyList<(TopicPartition, OffsetQuery)> questions, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(IConsumer<TKey, TValue>));
        var answers = await _offsets.AskAsync(questions, _options.Isolation, _options.ApiTimeout, cancellation).ConfigureAwait(false);
        foreach (var answer in answers)
            if (!answer.IsSuccess) throw new KafkaException(new Error(answer.Error, answer.Reason!), ErrorTable.Of(answer.Error).Class);
        return [.. answers.Select(static answer => answer.Value)];
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _source.DisposeAsync().ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
        // A pull that is under way lets go by itself when it ends.
        if (Interlocked.Exchange(ref _isPulling, 1) != 0) return;
        LetGo();
        Volatile.Write(ref _isPulling, 0);
    }
}
