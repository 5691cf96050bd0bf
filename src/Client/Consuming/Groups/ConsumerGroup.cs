using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Reading;
using Semel.Client.Grouping;

namespace Semel.Client.Consuming.Groups;

/// <summary>
/// What a consumer is to its group: which of its partitions the group gave, the handlers that hear of it, the commits, and what has to be thrown by the next pull.
/// The membership calls it one call at a time (<see cref="IAssignmentOwner"/>); everything else may come from any thread.
///
/// When partitions go, nothing of them is handed out from the first moment on. Then it waits until the application is done with what it has of them (it has come back
/// for more, or its stream has ended), runs the handlers, and commits. So a rebalance makes nobody read a record twice that somebody finished.
/// </summary>
internal sealed class ConsumerGroup : IAssignmentOwner, IAsyncDisposable
{
    readonly RecordSource _source;
    readonly ConsumerOptions _options;
    readonly IGroup _group;
    readonly StartPositions _starts;
    readonly CancellationTokenSource _ending = new(), _closing = new();
    readonly Lock _gate = new();
    readonly HashSet<TopicPartition> _owned = [];
    readonly Queue<KafkaException> _pending = new();
    readonly TaskCompletionSource _assignedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    IGroupMember? _member;
    // Of the pull's caller: the member that knows of the pull.
    IGroupMember? _pulledFrom;
    IGroupOffsets _members;
    volatile IPartitionStreams? _streams;
    IReadOnlyCollection<TopicPartitionOffset>? _assignLater;
    KafkaException? _failure;
    volatile bool _isSubscribed, _mustThrow;

    public ConsumerGroup(RecordSource source, IGroup group, ClusterConnections connections, ConsumerOptions options)
    {
        (_source, _group, _options) = (source, group, options);
        _members = group.Offsets;
        Commits = new Commits(source, CurrentOffsets, options);
        _starts = new StartPositions(source, CurrentOffsets, connections.Metadata, options, _closing.Token);
    }

    public RebalanceHandlers Rebalance { get; } = new();
    public Commits Commits { get; }
    /// <summary>Of the member while partitions are the group's, of nobody in particular while they are the application's own choice.</summary>
    public IGroupOffsets Offsets => IsMembers ? _members : _group.Offsets;
    IGroupOffsets CurrentOffsets() => Offsets;

    bool IsMembers
    {
        get { lock (_gate) return _isSubscribed || _owned.Count > 0; }
    }

    public bool IsSubscribed => _isSubscribed;

    /// <summary>Completed when the group has given something for the first time, or the membership has failed.</summary>
    public Task AssignedOnce => _assignedOnce.Task;

    // What the application wants

    public void Subscribe(Subscription subscription)
    {
        lock (_gate)
        {
            (_isSubscribed, _assignLater) = (true, null);
            if (_member is null) (_member, _members) = _group.Join(this);
        }
        _starts.Learn(subscription.Names);
        _member.Subscribe(subscription);
        Commits.Start();
        _source.LookAgain();
    }

    /// <summary>Nothing of the group's is handed out any more; handlers and commits run before it leaves.</summary>
    public void Unsubscribe()
    {
        lock (_gate)
        {
            if (!_isSubscribed) return;
            _isSubscribed = false;
            (_failure, _mustThrow) = (null, _pending.Count > 0);
            _source.Bar(_owned);
        }
        _member!.Unsubscribe();
    }

    /// <summary>Partitions of the application's own choice; those that begin where the group has committed are looked for.</summary>
    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        lock (_gate)
        {
            // Handlers and commits of what the group gave run with its positions: they come first.
            _assignLater = _owned.Count > 0 ? partitions : null;
            if (_assignLater is not null) return;
        }
        AssignNow(partitions);
    }

    void AssignNow(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        _source.Assign(partitions);
        var starting = _source.Starting();
        if (starting.Count > 0) _ = FindStartsAsync(starting);
        Commits.Start();
    }

    /// <summary>A partition of the application's own choice goes on from where the group has committed.</summary>
    public void SeekToCommitted() => _ = FindStartsAsync(_source.Starting());

    Task FindStartsAsync(IReadOnlyList<PartitionFeed> feeds) => Task.Run(() => _starts.FindAsync(feeds, Throw), CancellationToken.None);

    public ConsumerGroupMetadata? Metadata => IsMembers ? _member?.Metadata : null;

    // Pulls

    public void BeginPull()
    {
        _pulledFrom = _member;
        _pulledFrom?.BeginPull();
    }

    public void EndPull()
    {
        _pulledFrom?.EndPull();
        _pulledFrom = null;
    }

    /// <summary>Whether records may be handed out: not while another member may have the partitions already (C-15). Asked by the pull.</summary>
    public bool MayDeliver
    {
        get
        {
            if (!_isSubscribed) return true;
            // The application subscribed when the pull had begun.
            if (_pulledFrom is null) BeginPull();
            return HasSession;
        }
    }

    /// <summary>As <see cref="MayDeliver"/>, asked by whoever is part of a longer pull.</summary>
    public bool HasSession => !_isSubscribed || _member is not { MayDeliver: false };

    /// <exception cref="KafkaException">The membership has ended, or a handler threw.</exception>
    public void ThrowPending()
    {
        if (!_mustThrow) return;
        lock (_gate)
        {
            if (_pending.TryDequeue(out var pending))
            {
                _mustThrow = _pending.Count > 0 || _failure is not null;
                throw pending;
            }
            if (_failure is not null) throw new KafkaException(_failure.Error, _failure.Class, _failure);
        }
    }

    void Throw(KafkaException pending)
    {
        lock (_gate)
        {
            _pending.Enqueue(pending);
            _mustThrow = true;
        }
        _source.LookAgain();
    }

    void Throw(IReadOnlyList<Exception> failures, string when)
    {
        foreach (var failure in failures)
        {
            ConsumerLog.RebalanceHandlerFailed(_options.Connections.Logger, failure, when);
            Throw(new KafkaException(new Error(LocalErrorCode.HandlerFailed, $"a handler of partitions that were {when} threw: {failure.Message}. The group has gone on"), ErrorClass.Application, failure));
        }
    }

    // Streams

    /// <summary>From now on partitions are served by streams; each that the group gives gets one. Null: not any more.</summary>
    public void Serve(IPartitionStreams? streams)
    {
        lock (_gate) _streams = streams;
    }

    // What the group gives and takes

    async ValueTask IAssignmentOwner.AssignedAsync(IReadOnlyList<TopicPartition> added, CancellationToken cancellation)
    {
        if (!_isSubscribed)
        {
            _assignedOnce.TrySetResult();
            return;
        }
        lock (_gate) _owned.UnionWith(added);
        var feeds = _source.Add(added);
        if (feeds.Count > 0) _ = FindStartsAsync(feeds);
        ConsumerMetrics.Rebalanced("assigned");
        Throw(await Rebalance.AssignedAsync(added, cancellation).ConfigureAwait(false), "assigned");
        lock (_gate)
            if (_isSubscribed) _source.Unbar(feeds);
        _streams?.Open(feeds);
        _assignedOnce.TrySetResult();
    }

    async ValueTask IAssignmentOwner.RevokedAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation)
    {
        var owned = Owned(removed);
        if (owned.Count == 0) return;
        _source.Bar(owned);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ending.Token);
        try
        {
            if (_streams?.EndAsync(owned) is { } ended) await ended.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _source.WaitUntilProcessedAsync(owned, waiting.Token).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
            {
                await LoseAsync(owned, cancellation).ConfigureAwait(false);
                return;
            }
            ConsumerMetrics.Rebalanced("revoked");
            Throw(await Rebalance.RevokedAsync(owned, cancellation).ConfigureAwait(false), "revoked");
            if (_options.CommitsByItself) await Commits.TryCommitAsync(owned, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Forget(owned);
        }
    }

    async ValueTask IAssignmentOwner.LostAsync(IReadOnlyList<TopicPartition> lost, CancellationToken cancellation)
    {
        var owned = Owned(lost);
        if (owned.Count == 0) return;
        await LoseAsync(owned, cancellation).ConfigureAwait(false);
    }

    /// <summary>Lost without being asked, or because the application took too long: nothing of them can be committed any more.</summary>
    async ValueTask LoseAsync(List<TopicPartition> owned, CancellationToken cancellation)
    {
        _streams?.Abandon(owned);
        Forget(owned);
        ConsumerMetrics.Rebalanced("lost");
        ConsumerLog.Lost(_options.Connections.Logger, string.Join(", ", owned));
        Throw(await Rebalance.LostAsync(owned, cancellation).ConfigureAwait(false), "lost");
    }

    void IAssignmentOwner.Failed(KafkaException failure)
    {
        lock (_gate)
        {
            if (!_isSubscribed) return;
            (_failure, _mustThrow) = (failure, true);
        }
        _assignedOnce.TrySetResult();
        _source.LookAgain();
    }

    List<TopicPartition> Owned(IReadOnlyList<TopicPartition> partitions)
    {
        lock (_gate) return [.. partitions.Where(_owned.Contains)];
    }

    void Forget(List<TopicPartition> partitions)
    {
        IReadOnlyCollection<TopicPartitionOffset>? assign = null;
        lock (_gate)
        {
            _owned.ExceptWith(partitions);
            if (_owned.Count == 0) (assign, _assignLater) = (_assignLater, null);
        }
        _source.Remove(partitions);
        if (assign is not null && !_source.IsClosed) AssignNow(assign);
    }

    // The end

    /// <summary>Handlers of what is owned, the last commit, and leaving, all within the patience (C-50). What the application has in hand is not waited for.</summary>
    public async ValueTask CloseAsync(TimeSpan patience)
    {
        var began = _options.Time.GetTimestamp();
        await _ending.CancelAsync().ConfigureAwait(false);
        using var over = new CancellationTokenSource(patience, _options.Time);
        try
        {
            await Commits.DisposeAsync().AsTask().WaitAsync(over.Token).ConfigureAwait(false);
            var left = patience - _options.Time.GetElapsedTime(began);
            if (_member is not null) await _member.CloseAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero).ConfigureAwait(false);
            // Of what the application chose by itself nobody revokes anything.
            if (_options.CommitsByItself) await Commits.TryCommitAsync(null, over.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            ConsumerLog.NotLeft(_options.Connections.Logger, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Commits.DisposeAsync().ConfigureAwait(false);
    }
}
