using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Protocol.Messages;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// Fetches from one broker: two loops, one per lane, each with at most one request on its way. What to ask is the plan's choice, what an answer means the position's;
/// here are only the waiting and the sending.
/// </summary>
internal sealed class BrokerFetcher : IAsyncDisposable
{
    /// <summary>No broker may silence a client for longer than this.</summary>
    static readonly TimeSpan ThrottleMax = TimeSpan.FromSeconds(30);

    readonly FetchDesk _desk;
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationTokenSource _closing;
    readonly Signal _wakeWaiting, _wakeUrgent;
    /// <summary>Of the lane that may wait, in which all partitions go that have nothing. On the other one partitions come and go, and each is named once.</summary>
    readonly FetchSession _session = new();
    Task _waitingLane = Task.CompletedTask, _urgentLane = Task.CompletedTask;

    BrokerFetcher(NodeId node, FetchDesk desk, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        Node = node;
        (_desk, _connections, _options) = (desk, connections, options);
        _closing = CancellationTokenSource.CreateLinkedTokenSource(closing);
        (_wakeWaiting, _wakeUrgent) = (new Signal(options.Time), new Signal(options.Time));
    }

    public static BrokerFetcher Start(NodeId node, FetchDesk desk, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        var fetcher = new BrokerFetcher(node, desk, connections, options, closing);
        fetcher._waitingLane = Task.Run(() => fetcher.RunAsync(ConnectionLane.Fetches, fetcher._wakeWaiting));
        fetcher._urgentLane = Task.Run(() => fetcher.RunAsync(ConnectionLane.UrgentFetches, fetcher._wakeUrgent));
        return fetcher;
    }

    public NodeId Node { get; }

    public void Wake()
    {
        _wakeWaiting.Set();
        _wakeUrgent.Set();
    }

    async Task RunAsync(ConnectionLane lane, Signal wake)
    {
        while (!_closing.IsCancellationRequested)
        {
            if (_desk.Plan(this, lane, out var wait) is not { } plan)
            {
                await wake.WaitAsync(wait, _closing.Token).ConfigureAwait(false);
                continue;
            }
            // What comes up from now on is for the other lane.
            if (lane == ConnectionLane.Fetches) _wakeUrgent.Set();
            var pause = await FetchAsync(plan).ConfigureAwait(false);
            if (pause > TimeSpan.Zero) await PauseAsync(pause).ConfigureAwait(false);
        }
    }

    async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, _options.Time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <returns>How long to leave this lane alone.</returns>
    async Task<TimeSpan> FetchAsync(FetchPlan plan)
    {
        Fetched fetched;
        var sent = _options.Time.GetTimestamp();
        try
        {
            fetched = await SendAsync(plan).ConfigureAwait(false);
            // The broker has forgotten the session, or made room for another one: the same again, as a whole.
            if (FetchSession.IsRefusal(fetched.Response.ErrorCode) && fetched.Session.IsIncremental)
            {
                fetched.Frame.Release();
                fetched = await SendAsync(plan).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            // Whatever it was, its partitions are tried again, after a pause.
            if (!_closing.IsCancellationRequested) ConsumerLog.FetchLost(_options.Connections.Logger, Node, failure.Message);
            _desk.Lost(plan);
            return TimeSpan.Zero;
        }
        return Take(plan, fetched, _options.Time.GetElapsedTime(sent));
    }

    readonly record struct Fetched(short Version, SessionFetch Session, FetchResponse Response, ResponseFrame Frame);

    async Task<Fetched> SendAsync(FetchPlan plan)
    {
        var connection = await _connections.GetAsync(Node, plan.Lane, _closing.Token).ConfigureAwait(false);
        if (FetchExchange.Version(connection, plan) is not { } version)
            throw new BrokerConnectionException($"the broker at {connection.Address} offers no version of Fetch that this client knows", wasWritten: false);
        var hasSession = plan.Lane == ConnectionLane.Fetches && version >= FetchSession.FirstVersion;
        var session = hasSession ? _session.Next(plan, FetchExchange.IsById(version)) : SessionFetch.Alone(plan);
        var isAnswered = false;
        try
        {
            var answer = await connection.SendOwnedAsync<FetchRequest, FetchResponse>(FetchExchange.Request(plan, session, _options, version), version,
                plan.MaxWait + _options.Connections.RequestTimeout, _closing.Token).ConfigureAwait(false);
            isAnswered = answer.Response.ErrorCode == ErrorCode.None;
            if (hasSession && isAnswered) _session.Answered(answer.Response.SessionId);
            return new Fetched(version, session, answer.Response, answer.Frame);
        }
        finally
        {
            if (hasSession && !isAnswered) _session.Lost();
        }
    }

    TimeSpan Take(FetchPlan plan, in Fetched fetched, TimeSpan took)
    {
        var (version, session, response, frame) = fetched;
        var answers = response.ErrorCode == ErrorCode.None ? FetchExchange.Read(plan, session.IsIncremental, response, version, Node) : [];
        if (response.ErrorCode != ErrorCode.None) ConsumerLog.FetchRefused(_options.Connections.Logger, Node, response.ErrorCode);
        var anything = _desk.Answered(plan, answers, frame);
        FetchExchange.LearnLeaders(response, version, answers, _connections.Metadata);
        var throttle = TimeSpan.FromMilliseconds(Math.Max(0, response.ThrottleTimeMs));
        if (throttle > TimeSpan.Zero) return throttle < ThrottleMax ? throttle : ThrottleMax;
        // A broker that neither has anything nor waits for it would be asked without end.
        return anything || took >= plan.MaxWait / 2 ? TimeSpan.Zero : _options.Connections.Retrying.After(1);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _waitingLane.ConfigureAwait(false);
        await _urgentLane.ConfigureAwait(false);
        _closing.Dispose();
    }
}
