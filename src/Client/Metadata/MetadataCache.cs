using Semel.Client.Connections;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Metadata;

/// <summary>
/// What is known about the cluster, kept up to date by one loop.
///
/// A topic enters the requests when somebody first asks for it and leaves them when nobody has for a while. All who miss something at the same time
/// share one request; a request that brought nothing new is repeated no sooner than the retry backoff allows, whoever asks and how often.
/// Reading is one look at an immutable picture. The loop starts with the first question, not before.
///
/// All members are thread safe.
/// </summary>
internal sealed class MetadataCache(ClusterConnections connections, ConnectionOptions options) : IAsyncDisposable
{
    /// <summary>No topic has a longer name. One that is asked for all the same must not spoil the requests that it shares with others.</summary>
    const int TopicNameMax = 249;

    readonly CancellationTokenSource _closing = new();
    readonly Signal _wake = new(options.TimeProvider);
    readonly Lock _gate = new();
    readonly Dictionary<string, TopicInterest> _interests = [];
    List<MetadataWaiter> _waiters = [];
    MetadataView _view = MetadataView.Empty;
    Task? _loop;
    bool _refreshRequested;
    int _failures;
    long? _lastAttempt;

    public MetadataView View => Volatile.Read(ref _view);

    /// <summary>Why the last attempt to ask failed; null when it did not.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Raised after each change, on the loop that brought it: a handler only takes note.</summary>
    public event Action<MetadataView>? Changed;

    /// <summary>What is known of a topic, without asking anybody; null when nothing is.</summary>
    public TopicMetadata? Find(string topic)
    {
        var found = View.Find(topic);
        if (found is null) return null;
        lock (_gate)
            if (_interests.TryGetValue(topic, out var interest)) interest.LastUse = options.TimeProvider.GetTimestamp();
        return found;
    }

    /// <summary>
    /// What is known of a topic, asking the cluster when it is not known without an error. The answer may have an error: only one that the cluster gave.
    /// </summary>
    /// <exception cref="BrokerConnectionException">No broker answered.</exception>
    public ValueTask<TopicMetadata> GetAsync(string topic, bool allowAutoCreate, CancellationToken cancellation = default) =>
        Find(topic) is { Error: ErrorCode.None } known ? new ValueTask<TopicMetadata>(known) : AskAsync(topic, allowAutoCreate, cancellation);

    public static bool CanBeTopic(string topic) => topic.Length is > 0 and <= TopicNameMax;

    async ValueTask<TopicMetadata> AskAsync(string topic, bool allowAutoCreate, CancellationToken cancellation)
    {
        if (!CanBeTopic(topic)) return new TopicMetadata(topic, TopicId.None, ErrorCode.InvalidTopicException, []);
        var view = await WaitAsync(new MetadataWaiter(topic), allowAutoCreate, cancellation).ConfigureAwait(false);
        return view.Find(topic) ?? new TopicMetadata(topic, TopicId.None, ErrorCode.UnknownTopicOrPartition, []);
    }

    /// <summary>The brokers and the topics in use, as of an answer that is asked for now.</summary>
    /// <exception cref="BrokerConnectionException">No broker answered.</exception>
    public Task<MetadataView> RefreshAsync(CancellationToken cancellation = default) => WaitAsync(new MetadataWaiter(null), false, cancellation);

    /// <summary>Somebody has seen that a topic's metadata is out of date. Costs nothing when it is said often.</summary>
    /// <param name="allowAutoCreate">Whether asking may create the topic when it does not exist.</param>
    public void RequestRefresh(string topic, bool allowAutoCreate = false)
    {
        lock (_gate)
        {
            if (_closing.IsCancellationRequested || !CanBeTopic(topic)) return;
            Interest(topic, allowAutoCreate);
            if (_refreshRequested) return;
            _refreshRequested = true;
            Start();
        }
        _wake.Set();
    }

    /// <summary>A broker named a partition's leader in an answer to something else (KIP-951).</summary>
    public void LearnLeader(TopicPartition partition, NodeId leader, int leaderEpoch, IReadOnlyDictionary<NodeId, BrokerAddress> named) =>
        Publish(view => view.With(partition, leader, leaderEpoch, named));

    async Task<MetadataView> WaitAsync(MetadataWaiter waiter, bool allowAutoCreate, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (waiter.Topic is { } topic) Interest(topic, allowAutoCreate);
            _waiters.Add(waiter);
            Start();
        }
        _wake.Set();
        return await waiter.Completion.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    void Interest(string topic, bool allowAutoCreate)
    {
        if (!_interests.TryGetValue(topic, out var interest)) _interests[topic] = interest = new TopicInterest();
        interest.MayCreate |= allowAutoCreate;
        interest.LastUse = options.TimeProvider.GetTimestamp();
    }

    void Start() => _loop ??= Task.Run(RunAsync);

    async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var (wait, isDue) = NextWait();
            if (!isDue)
            {
                await _wake.WaitAsync(wait, _closing.Token).ConfigureAwait(false);
                continue;
            }
            await RefreshOnceAsync().ConfigureAwait(false);
        }
        FailWaiters(new BrokerConnectionException("the client is closed", wasWritten: false));
    }

    /// <summary>Whether to ask now, and otherwise how long to wait for a reason.</summary>
    (TimeSpan Wait, bool IsDue) NextWait()
    {
        lock (_gate)
        {
            if (_lastAttempt is not { } last) return (TimeSpan.Zero, true);
            var passed = options.TimeProvider.GetElapsedTime(last);
            var isNews = (_failures == 0 && _waiters.Exists(static waiter => waiter.Topic is null)) || _interests.Values.Any(static interest => !interest.WasAsked);
            if (isNews) return (TimeSpan.Zero, true);
            var interval = _waiters.Count > 0 || _refreshRequested || _failures > 0 ? options.Retrying.After(Math.Max(1, _failures)) : options.MetadataMaxAge;
            return (interval - passed, passed >= interval);
        }
    }

    async Task RefreshOnceAsync()
    {
        List<MetadataWaiter> served;
        string[] create, other;
        lock (_gate)
        {
            (served, _waiters) = (_waiters, []);
            _refreshRequested = false;
            _lastAttempt = options.TimeProvider.GetTimestamp();
            ForgetIdle(served);
            create = [.. _interests.Where(interest => interest.Value.MayCreate && _view.Find(interest.Key) is not { Error: ErrorCode.None }).Select(interest => interest.Key)];
            other = [.. _interests.Keys.Except(create)];
            foreach (var interest in _interests.Values) interest.WasAsked = true;
        }
        try
        {
            if (create.Length > 0) await AskAsync(create, allowAutoCreate: true).ConfigureAwait(false);
            if (other.Length > 0 || create.Length == 0) await AskAsync(other, allowAutoCreate: false).ConfigureAwait(false);
            lock (_gate) _failures = 0;
            LastFailure = null;
            foreach (var waiter in served) waiter.Completion.TrySetResult(View);
        }
        catch (Exception failure)
        {
            // Whatever it was, the loop goes on: everybody waits for it.
            if (!_closing.IsCancellationRequested) ConnectionLog.MetadataFailed(options.Logger, failure.Message);
            LastFailure = failure.Message;
            lock (_gate) _failures++;
            foreach (var waiter in served) waiter.Completion.TrySetException(failure);
        }
    }

    /// <summary>A topic that nobody has asked for in a while is not asked about any more, and forgotten.</summary>
    void ForgetIdle(List<MetadataWaiter> served)
    {
        var idle = _interests.Where(interest => options.TimeProvider.GetElapsedTime(interest.Value.LastUse) >= options.MetadataMaxIdle)
            .Select(interest => interest.Key).Except(served.Where(waiter => waiter.Topic is not null).Select(waiter => waiter.Topic!)).ToHashSet();
        if (idle.Count == 0) return;
        foreach (var topic in idle) _interests.Remove(topic);
        Volatile.Write(ref _view, View.Without(idle));
    }

    async Task AskAsync(string[] topics, bool allowAutoCreate)
    {
        var connection = await connections.GetAnyAsync(_closing.Token).ConfigureAwait(false);
        var request = MetadataExchange.Request(topics, allowAutoCreate);
        var version = MetadataExchange.Version(connection);
        var response = await connection.SendAsync<MetadataRequest, MetadataResponse>(request, version, options.RequestTimeout, _closing.Token).ConfigureAwait(false);
        var brokers = MetadataExchange.Brokers(response);
        var answered = MetadataExchange.Topics(response, topics, version);
        foreach (var topic in answered) LogRecreation(topic);
        Publish(view => view.Merge(response.ClusterId, response.ControllerId, brokers, answered));
    }

    void LogRecreation(TopicMetadata topic)
    {
        if (View.Find(topic.Topic) is { } known && !known.TopicId.IsNone && !topic.TopicId.IsNone && known.TopicId != topic.TopicId)
            ConnectionLog.TopicRecreated(options.Logger, topic.Topic, known.TopicId, topic.TopicId);
    }

    void Publish(Func<MetadataView, MetadataView> change)
    {
        MetadataView after;
        lock (_gate)
        {
            after = change(_view);
            if (ReferenceEquals(after, _view)) return;
            Volatile.Write(ref _view, after);
        }
        Changed?.Invoke(after);
    }

    void FailWaiters(Exception failure)
    {
        List<MetadataWaiter> waiters;
        lock (_gate) (waiters, _waiters) = (_waiters, []);
        foreach (var waiter in waiters) waiter.Completion.TrySetException(failure);
    }

    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_gate)
        {
            if (_closing.IsCancellationRequested) return;
            _closing.Cancel();
            loop = _loop;
        }
        if (loop is not null) await loop.ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Why a topic is asked about.</summary>
    sealed class TopicInterest
    {
        public long LastUse { get; set; }
        public bool WasAsked { get; set; }
        public bool MayCreate { get; set; }
    }

    /// <summary>Somebody who waits for the next answer; a null topic waits for the brokers only.</summary>
    sealed record MetadataWaiter(string? Topic)
    {
        public TaskCompletionSource<MetadataView> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
