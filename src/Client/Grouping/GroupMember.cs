using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Semel.Client.Connections;
using Semel.Client.Grouping.Coordination;
using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping;

/// <summary>
/// A member of a group: drives its machine by one loop, which begins with the first subscription. What the machine wants asked is asked, what it wants of the owner
/// is called on the thread pool, one call at a time, and the loop rests until something has happened or a moment comes for which the machine asked.
///
/// All members are thread safe, but only one caller pulls at a time.
/// </summary>
internal sealed class GroupMember : IAsyncDisposable
{
    readonly GroupOptions _options;
    readonly IAssignmentOwner _owner;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly MembershipMachine _machine;
    readonly MemberExchange _exchange;
    readonly TopicWatch _topics;
    readonly Confirmations _confirmations;
    readonly ConcurrentQueue<MemberInput> _inputs = new();
    readonly Signal _wake;
    readonly CancellationTokenSource _closing = new();
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock _gate = new();
    readonly long _start;
    CancellationTokenSource? _call;
    Task? _loop;
    MemberPicture _picture;
    // Odd while a pull is under way.
    int _pulls, _pullsSeen;
    bool _awaitsPull;
    long _deliverUntil = long.MaxValue;

    /// <param name="link">The way to the coordinator when others go it as well.</param>
    public GroupMember(GroupOptions options, ClusterConnections connections, IAssignmentOwner owner, TimeProvider time, ILogger logger, CoordinatorLink? link = null, PlantedFault fault = PlantedFault.None)
    {
        (_options, _owner, _time, _logger) = (options, owner, time, logger);
        _start = time.GetTimestamp();
        _wake = new Signal(time);
        _machine = new MembershipMachine(options, static () => new TopicId(Guid.NewGuid()).ToString(), (ulong)Random.Shared.NextInt64(), fault);
        Link = link ?? new CoordinatorLink(connections, options.GroupId);
        _exchange = new MemberExchange(Link, options);
        _topics = new TopicWatch(connections, options, picture => Post(new TopicsSeen(picture)));
        _confirmations = new Confirmations(this);
        _picture = MemberPicture.Before(options, _confirmations);
    }

    public GroupOptions Options => _options;

    /// <summary>The way to the coordinator, for who commits as this member.</summary>
    public CoordinatorLink Link { get; }

    /// <summary>The membership as of the last turn.</summary>
    public MemberPicture Picture => Volatile.Read(ref _picture);

    /// <summary>Who commits: the member of now, or when it is none at the moment the last that it was, by which a coordinator refuses it.</summary>
    public ConsumerGroupMetadata Metadata => Picture.Metadata;

    /// <summary>
    /// C-15: false from the moment at which the session has ended by our own clock, or something else says that what is ours may be another member's, until the owner
    /// has been told that it is lost. Asked before something is delivered; costs a look at the clock.
    /// </summary>
    public bool MayDeliver => Volatile.Read(ref _deliverUntil) is var until && (until == long.MaxValue || _time.GetTimestamp() < until);

    /// <summary>What is subscribed to from now on, in place of what was before. Joins at once; max.poll.interval.ms counts from now until the first pull.</summary>
    public void Subscribe(Subscription subscription) => Post(new Subscribed(subscription));

    /// <summary>Gives everything back, through the owner, and leaves.</summary>
    public void Unsubscribe() => Post(new Unsubscribed());

    public void BeginPull()
    {
        Volatile.Write(ref _pulls, _pulls + 1);
        // The loop notices by itself, but for a member that waits for nothing else.
        if (Volatile.Read(ref _awaitsPull)) _wake.Set();
    }

    public void EndPull() => Volatile.Write(ref _pulls, _pulls + 1);

    /// <summary>Says what a commit was refused for.</summary>
    public void CommitRefused(ErrorCode code, ConsumerGroupMetadata committer) => Post(new CommitRefused(code, committer.GenerationId, committer.MemberId));

    internal void Post(MemberInput input)
    {
        _inputs.Enqueue(input);
        lock (_gate)
            if (input is not TopicsSeen) _loop ??= Task.Run(RunAsync);
        _wake.Set();
    }

    async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Turn();
                if (_machine.HasEnded) break;
                await _wake.WaitAsync(UntilDeadline(), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception defect)
        {
            GroupLog.LoopFailed(_logger, defect, _options.GroupId);
            _owner.Failed(new KafkaException(new Error(ErrorCode.UnknownServerError, $"group '{_options.GroupId}': the membership ended by a defect: {defect.Message}"), ErrorClass.Fatal, defect));
            Volatile.Write(ref _deliverUntil, 0);
        }
        _confirmations.End();
        _ended.TrySetResult();
    }

    TimeSpan Now => _time.GetElapsedTime(_start);

    TimeSpan UntilDeadline() => _machine.NextDeadline is not { } deadline ? Timeout.InfiniteTimeSpan
        : deadline - Now is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    void Turn()
    {
        TakePulls();
        while (_inputs.TryDequeue(out var input)) _machine.Take(input, Now);
        _confirmations.Begin(_machine.LastRequest);
        _machine.Advance(Now);
        // What is published is never older than what is asked and called for it.
        Publish();
        foreach (var effect in _machine.TakeEffects()) Perform(effect);
        _confirmations.Look(Picture, _machine.State.ConfirmedBy);
    }

    void TakePulls()
    {
        var pulls = Volatile.Read(ref _pulls);
        if (pulls == _pullsSeen && pulls % 2 == 0) return;
        _pullsSeen = pulls;
        _machine.Take(new Pulled(pulls % 2 != 0), Now);
    }

    void Publish()
    {
        var state = _machine.State;
        Volatile.Write(ref _picture, _picture.Next(_machine, _confirmations));
        Volatile.Write(ref _awaitsPull, state.AwaitsPull);
        Volatile.Write(ref _deliverUntil, state.Ownership.IsLosing ? 0 : state.CertainUntil is { } end ? _start + (long)(end.TotalSeconds * _time.TimestampFrequency) : long.MaxValue);
    }

    void Perform(MemberEffect effect)
    {
        switch (effect)
        {
            case MemberRequest request: _ = SendAsync(request); break;
            case CallOwner call: _ = CallAsync(call.Call); break;
            case HurryOwner: _call?.CancelAsync(); break;
            case FailOwner fail: _ = Task.Run(() => _owner.Failed(fail.Failure)); break;
            case WatchTopics watch: _topics.Watch(watch.Wish); break;
            case TellNotice told: GroupLog.Tell(_logger, _options, told.Notice); break;
            default: throw new ArgumentException($"{effect.GetType().Name} is no effect of a member", nameof(effect));
        }
    }

    async Task SendAsync(MemberRequest request) => Post(await _exchange.AskAsync(request, _closing.Token).ConfigureAwait(false));

    /// <summary>C-09: a handler that throws does not stop the protocol.</summary>
    async Task CallAsync(OwnerCall call)
    {
        var cancellation = _call = new CancellationTokenSource();
        await Task.Yield();
        IReadOnlyList<TopicPartition> partitions = [.. call.Partitions.Select(static one => one.Partition)];
        try
        {
            await (call.Kind switch
            {
                OwnerCallKind.Assigned => _owner.AssignedAsync(partitions, cancellation.Token),
                OwnerCallKind.Revoked => _owner.RevokedAsync(partitions, cancellation.Token),
                _ => _owner.LostAsync(partitions, cancellation.Token),
            }).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            GroupLog.OwnerFailed(_logger, failure, _options.GroupId, partitions.Count, call.Kind);
        }
        Post(new OwnerDone());
    }

    /// <summary>Gives everything back, through the owner, and leaves, within that time. What takes longer is left to the coordinator, which finds out by the session's end.</summary>
    public async ValueTask CloseAsync(TimeSpan patience)
    {
        Post(new CloseAsked(patience));
        await _ended.Task.ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _topics.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends without telling anybody.</summary>
    public ValueTask DisposeAsync() => CloseAsync(TimeSpan.Zero);
}
