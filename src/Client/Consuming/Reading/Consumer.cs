using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Groups;
using Semel.Client.Grouping;

namespace Semel.Client.Consuming.Reading;

/// <summary>The public face of a <see cref="RecordSource"/>, its <see cref="Pulls{TKey, TValue}"/> and its <see cref="ConsumerGroup"/>.</summary>
internal sealed class Consumer<TKey, TValue> : IConsumer<TKey, TValue>, IConnectedClient
{
    readonly ConsumerOptions _options;
    readonly ClusterConnections _connections;
    readonly RecordSource _source;
    readonly ConsumerGroup? _group;
    readonly Pulls<TKey, TValue> _pulls;
    readonly OffsetQuestions _questions;
    readonly Lock _choosing = new();
    readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _isAssigned;
    int _isDisposed;

    /// <param name="group">The group, when there is one, over the consumer's connections.</param>
    public Consumer(ConsumerOptions options, Deserialization<TKey, TValue> deserialization, Func<ClusterConnections, IGroup>? group = null)
    {
        _options = options;
        _connections = new ClusterConnections(options.Connections);
        _source = RecordSource.Start(_connections, options);
        _group = group is null ? null : new ConsumerGroup(_source, group(_connections), _connections, options);
        _questions = new OffsetQuestions(_connections, options);
        _pulls = new Pulls<TKey, TValue>(_source, _group, deserialization, options, Raise);
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

    // Which partitions

    public void Subscribe(params IEnumerable<string> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        CheckOpen();
        if (_group is null) throw new KafkaConfigException("there is no group to subscribe in: set group.id, or choose partitions with Assign", "group.id");
        var subscription = new Subscription(topics);
        lock (_choosing)
        {
            if (_isAssigned) throw new InvalidOperationException("partitions are assigned by Assign: call Unassign before Subscribe");
            _group.Subscribe(subscription);
        }
    }

    public void Unsubscribe()
    {
        CheckOpen();
        lock (_choosing) _group?.Unsubscribe();
    }

    public void Assign(params IEnumerable<TopicPartitionOffset> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        CheckOpen();
        TopicPartitionOffset[] wanted = [.. partitions];
        foreach (var partition in wanted) CheckCommitted(partition);
        lock (_choosing)
        {
            CheckNotSubscribed();
            if (_group is null) _source.Assign(wanted);
            else _group.Assign(wanted);
            _isAssigned = true;
        }
    }

    public void Unassign()
    {
        CheckOpen();
        lock (_choosing)
        {
            CheckNotSubscribed();
            if (_group is null) _source.Unassign();
            else _group.Assign([]);
            _isAssigned = false;
        }
    }

    void CheckNotSubscribed()
    {
        if (_group is { IsSubscribed: true }) throw new InvalidOperationException("the group says which partitions are read: call Unsubscribe before Assign or Unassign");
    }

    void CheckCommitted(in TopicPartitionOffset position)
    {
        if (_group is null && position.Offset == Offset.Stored)
            throw new ArgumentException($"{position}: Offset.Stored is what a group has committed, and there is no group: set group.id, or give an offset that you kept yourself");
    }

    public IReadOnlySet<TopicPartition> Assignment => _source.Assignment;
    public IRebalanceEvents Rebalance => NeedGroup().Rebalance;
    public ConsumerGroupMetadata GroupMetadata => NeedGroup().Metadata ?? ConsumerGroupMetadata.ForSimpleGroup(_options.Group!.GroupId);

    ConsumerGroup NeedGroup() => _group ?? throw new InvalidOperationException("this consumer has no group: set group.id");

    // Pulling

    public IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken cancellation = default) => new EachRecord<TKey, TValue>(_pulls, cancellation);
    public ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken cancellation = default) => _pulls.NextAsync(timeout, cancellation);
    public ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(CancellationToken cancellation = default) => _pulls.BatchAsync(_options.PullRecords, cancellation);
    public ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(int maxRecords, CancellationToken cancellation = default) => _pulls.BatchAsync(maxRecords, cancellation);
    public IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeUntilEndAsync(CancellationToken cancellation = default) => _pulls.UntilEndAsync(AskEndsAsync, cancellation);

    public Task ConsumePartitionedAsync(Func<PartitionStream<TKey, TValue>, CancellationToken, Task> handler, CancellationToken cancellation = default) =>
        _pulls.ByPartitionAsync(handler, cancellation);

    async Task<Dictionary<TopicPartition, long>> AskEndsAsync(CancellationToken cancellation)
    {
        // A group has ends only when it has given something.
        if (_group is { IsSubscribed: true } group) await group.AssignedOnce.WaitAsync(cancellation).ConfigureAwait(false);
        return await _questions.EndsAsync(Assignment, cancellation).ConfigureAwait(false);
    }

    public void SkipRecord(ConsumeException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var (topic, partition, offset) = exception.TopicPartitionOffset;
        if (exception.Fault != ConsumeFault.Deserialization || !_source.TrySkip(new TopicPartition(topic, partition), offset.Value))
            throw new InvalidOperationException($"the position of {exception.TopicPartitionOffset.TopicPartition} does not stand before a record at offset {offset} that could not be deserialised");
    }

    // Positions

    public void Seek(in TopicPartitionOffset position)
    {
        CheckCommitted(position);
        _source.Seek(position);
        if (position.Offset == Offset.Stored) _group!.SeekToCommitted();
    }

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

    // Committing

    public void StoreOffset(in TopicPartitionOffset next)
    {
        if (_options.StoreTiming != StoreTiming.Told)
            throw new InvalidOperationException("what is finished is noted by itself: set enable.auto.offset.store=false to say it with StoreOffset, or commit an offset with CommitAsync");
        NeedGroup();
        _source.Store(next);
    }

    public async ValueTask CommitAsync(CancellationToken cancellation = default)
    {
        CheckNotClosed();
        await NeedGroup().Commits.CommitFinishedAsync(null, cancellation).ConfigureAwait(false);
    }

    public async ValueTask CommitAsync(IReadOnlyCollection<TopicPartitionOffset> offsets, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        CheckNotClosed();
        var group = NeedGroup();
        foreach (var offset in offsets)
            if (offset.Offset.Value < 0) throw new ArgumentException($"{offset}: what is committed is the number of the next offset to read", nameof(offsets));
        if (offsets.Count == 0) return;
        await group.Commits.CommitAsync([.. offsets.Select(offset => _source.ToFinished(offset))], cancellation).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        CheckNotClosed();
        var group = NeedGroup();
        if (partitions.Count == 0) return [];
        var committed = (await group.Offsets.FetchAsync(partitions, _options.ApiTimeout, cancellation).ConfigureAwait(false)).ToDictionary(static one => one.Partition);
        return [.. partitions.Select(partition => new TopicPartitionOffset(partition, committed.TryGetValue(partition, out var found) && found.Offset >= 0 ? found.Offset : Offset.Unset))];
    }

    // Asking

    public async ValueTask<WatermarkOffsets> GetWatermarksAsync(TopicPartition partition, CancellationToken cancellation = default)
    {
        CheckNotClosed();
        return await _questions.WatermarksAsync(partition, cancellation).ConfigureAwait(false);
    }

    public WatermarkOffsets? GetCachedWatermarks(TopicPartition partition) =>
        GetPositions(partition) is { LogStart: >= 0, End: >= 0 } known ? new WatermarkOffsets(known.LogStart, known.End) : null;

    public async ValueTask<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(IReadOnlyCollection<TopicPartitionTimestamp> times, CancellationToken cancellation = default)
    {
        CheckNotClosed();
        return await _questions.AtTimesAsync(times, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<long> GetLagAsync(TopicPartition partition, CancellationToken cancellation = default)
    {
        CheckNotClosed();
        var positions = GetPositions(partition);
        if (positions.Processed < 0)
            throw new InvalidOperationException($"where reading of {partition} begins is not known yet: its lag is not either. Ask again after the first record, or after GetPositions tells a position");
        return await _questions.RecordsLeftAsync(partition, positions.Processed, cancellation).ConfigureAwait(false);
    }

    // Telling

    void Raise(PartitionFault fault) =>
        Raise(new ConsumerEvent(fault.Kind, fault.Partition, fault.From, fault.To is { } to ? new Offset(to) : null, fault.Reason) { Code = fault.Code });

    /// <summary>Each handler by itself: one that throws keeps the event neither from the others nor from the pull.</summary>
    void Raise(ConsumerEvent told)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Events))
        {
            try { handler(told); }
            catch (Exception failure) { ConsumerLog.HandlerFailed(_options.Connections.Logger, failure, told.Fault, told.Partition); }
        }
    }

    // Closing

    void CheckOpen() => ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(IConsumer<TKey, TValue>));
    /// <summary>Handlers may commit and ask while the consumer closes.</summary>
    void CheckNotClosed() => ObjectDisposedException.ThrowIf(_source.IsClosed, typeof(IConsumer<TKey, TValue>));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) _ = Task.Run(CloseAsync, CancellationToken.None);
        // A handler of the group's is itself waited for by the closing.
        if (!RebalanceHandlers.IsCaller) await _disposed.Task.ConfigureAwait(false);
    }

    async Task CloseAsync()
    {
        try
        {
            _source.End();
            if (_group is not null) await _group.CloseAsync(_options.CloseTimeout).ConfigureAwait(false);
            await _source.DisposeAsync().ConfigureAwait(false);
            if (_group is not null) await _group.DisposeAsync().ConfigureAwait(false);
            await _connections.DisposeAsync().ConfigureAwait(false);
            _pulls.Close();
            _disposed.TrySetResult();
        }
        catch (Exception failure)
        {
            _disposed.TrySetException(failure);
        }
    }
}
