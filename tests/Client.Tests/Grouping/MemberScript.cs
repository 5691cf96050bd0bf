using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Tests.Grouping;

/// <summary>Drives a member's machine by hand, in virtual time: the test says what the coordinator answers, and looks at what is asked and what the owner is told.</summary>
internal sealed class MemberScript
{
    public static readonly TopicId TopicId = new(new Guid("11111111-1111-1111-1111-111111111111"));
    int _ids;

    public MemberScript(GroupOptions? options = null, PlantedFault fault = PlantedFault.None, int partitions = 6)
    {
        Options = options ?? TestMember.Classic() with { SessionTimeout = TimeSpan.FromSeconds(45), HeartbeatInterval = TimeSpan.FromSeconds(3) };
        Machine = new MembershipMachine(Options, () => $"made-{++_ids}", seed: 1, fault);
        Partitions = partitions;
    }

    public GroupOptions Options { get; }
    public MembershipMachine Machine { get; }
    public TimeSpan Now { get; private set; }
    public MemberState State => Machine.State;

    /// <summary>Of topic t. Null leaves wishes unanswered.</summary>
    public int? Partitions { get; set; }
    public List<MemberRequest> Sent { get; } = [];
    /// <summary>Requests that nobody has answered yet.</summary>
    public List<MemberRequest> Open { get; } = [];
    /// <summary>What the owner was told, in order.</summary>
    public List<string> Calls { get; } = [];
    public List<MemberNotice> Notices { get; } = [];
    public KafkaException? Failure { get; private set; }
    public int Hurries { get; private set; }
    /// <summary>Whether the owner ends with a call at once; otherwise the test says when.</summary>
    public bool OwnerIsQuick { get; set; } = true;
    public bool IsOwnerBusy { get; private set; }
    public TopicWish Wish { get; private set; } = TopicWish.Nothing;

    public string Owned => Text(State.Ownership.Owned.Keys);
    /// <summary>As a pull would see it.</summary>
    public bool MayDeliver => !State.Ownership.IsLosing && (State.CertainUntil is not { } end || Now < end);

    public static string Text(IEnumerable<TopicPartition> partitions) => string.Join(' ', partitions.Select(static one => $"{one}"));

    public MemberScript Take(MemberInput input)
    {
        Machine.Take(input, Now);
        return Run();
    }

    public MemberScript Subscribe(params string[] topics) => Take(new Subscribed(new Subscription(topics.Length > 0 ? topics : ["t"])));

    /// <summary>Lets time pass, stopping wherever the machine wants to be asked.</summary>
    public MemberScript Pass(TimeSpan time, Action? each = null)
    {
        var until = Now + time;
        for (var turns = 0; Machine.NextDeadline is { } next && next <= until && turns < 10_000; turns++)
        {
            Now = next > Now ? next : Now;
            Run();
            each?.Invoke();
        }
        Now = until;
        return Run();
    }

    /// <summary>Time passes while the process stands still: nothing is asked until it is over.</summary>
    public MemberScript StandStill(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public MemberScript Run()
    {
        for (var rounds = 0; ; rounds++)
        {
            Assert.True(rounds < 100, "the machine does not come to rest");
            Machine.Advance(Now);
            var effects = Machine.TakeEffects();
            foreach (var effect in effects) Perform(effect);
            if (effects.Count == 0 && !(Machine.NextDeadline <= Now)) return this;
        }
    }

    void Perform(MemberEffect effect)
    {
        switch (effect)
        {
            case MemberRequest request:
                Sent.Add(request);
                Open.Add(request);
                break;
            case CallOwner call:
                Assert.False(IsOwnerBusy, "the owner is called while it is busy");
                Calls.Add($"{call.Call.Kind} {Text(call.Call.Partitions.Select(static one => one.Partition))}");
                IsOwnerBusy = true;
                if (OwnerIsQuick) EndCall();
                break;
            case HurryOwner: Hurries++; break;
            case FailOwner fail: Failure = fail.Failure; break;
            case TellNotice told: Notices.Add(told.Notice); break;
            case WatchTopics watch:
                Wish = watch.Wish;
                if (Partitions is { } count) TellTopics(("t", count));
                break;
        }
    }

    public void EndCall()
    {
        IsOwnerBusy = false;
        Machine.Take(new OwnerDone(), Now);
    }

    public MemberScript OwnerEnds()
    {
        EndCall();
        return Run();
    }

    public void TellTopics(params (string Name, int Partitions)[] topics) =>
        Machine.Take(new TopicsSeen(new TopicPicture(Wish, topics.Select(static topic => new TopicFacts(topic.Name, IdOf(topic.Name), topic.Partitions)))), Now);

    public static TopicId IdOf(string name) => name == "t" ? TopicId : new TopicId(new Guid(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(name))));

    public T Next<T>() where T : MemberRequest => Assert.IsType<T>(Assert.Single(Open, static request => request is T));
    public bool Asks<T>() where T : MemberRequest => Open.Exists(static request => request is T);

    public MemberScript Answer(MemberRequest request, Func<long, MemberInput> answer)
    {
        Assert.True(Open.Remove(request), $"{request} is answered twice");
        return Take(answer(request.RequestId));
    }

    public MemberScript Lose<T>() where T : MemberRequest => Answer(Next<T>(), static id => new RequestUnanswered(id, ErrorCode.NetworkException));

    // The classic protocol

    public MemberScript Join(ErrorCode error = ErrorCode.None, int generation = 1, string member = "m", string leader = "m", string? protocol = null, bool skip = false, params JoinedMember[] members) =>
        Answer(Next<SendJoin>(), id => new JoinAnswered(id, error, generation, ConsumerProtocol.Type, protocol ?? AssignmentStrategies.Name(Options.Strategies[0]), leader, skip, member,
            members.Length > 0 ? members : leader == member ? [Member(member)] : []));

    public MemberScript Refuse<T>(ErrorCode error) where T : MemberRequest => Answer(Next<T>(), id => Refused(Sent.First(one => one.RequestId == id), error));

    static MemberInput Refused(MemberRequest request, ErrorCode error) => request switch
    {
        SendJoin join => new JoinAnswered(join.RequestId, error, -1, null, null, "", false, join.MemberId, []),
        SendSync sync => new SyncAnswered(sync.RequestId, error, null, null, default),
        SendHeartbeat => new HeartbeatAnswered(request.RequestId, error),
        SendLeave => new LeaveAnswered(request.RequestId, error),
        SendConsumerHeartbeat => new ConsumerHeartbeatAnswered(request.RequestId, error, 0, TimeSpan.Zero, null),
        _ => new RequestUnanswered(request.RequestId, error),
    };

    public static JoinedMember Member(string id, int generation = -1, string[]? topics = null, TopicPartition[]? owned = null, string? instance = null) =>
        new(id, instance, VersionedData.ToBytes(new ConsumerProtocolSubscription
        {
            Topics = [.. topics ?? ["t"]], GenerationId = generation,
            OwnedPartitions = [.. (owned ?? []).GroupBy(static one => one.Topic).Select(static one => new ConsumerProtocolSubscription.TopicPartition { Topic = one.Key, Partitions = [.. one.Select(static p => p.Partition)] })],
        }, 3));

    public static byte[] Assignment(params int[] partitions) => VersionedData.ToBytes(new ConsumerProtocolAssignment
    {
        AssignedPartitions = partitions.Length == 0 ? [] : [new() { Topic = "t", Partitions = [.. partitions] }],
    }, 3);

    public MemberScript Sync(params int[] partitions) => Answer(Next<SendSync>(), id => new SyncAnswered(id, ErrorCode.None, ConsumerProtocol.Type, null, Assignment(partitions)));

    public MemberScript Beat(ErrorCode error = ErrorCode.None)
    {
        if (!Asks<SendHeartbeat>()) Pass(Options.HeartbeatInterval);
        return Refuse<SendHeartbeat>(error);
    }

    /// <summary>A member of a generation that another leads.</summary>
    public MemberScript Stable(params int[] partitions)
    {
        Subscribe();
        if (Asks<AskProtocol>()) Answer(Next<AskProtocol>(), static id => new ProtocolTold(id, false));
        return Join(leader: "other").Sync(partitions);
    }

    public ConsumerProtocolSubscription Offered(int at = 0)
    {
        Assert.True(ConsumerProtocol.TryReadSubscription(Sent.OfType<SendJoin>().Last().Protocols[at].Metadata, out var subscription, out var version));
        Assert.Equal(3, version);
        return subscription;
    }

    // KIP-848

    public MemberScript Hear(int epoch, params int[]? partitions) => Answer(Next<SendConsumerHeartbeat>(), id => new ConsumerHeartbeatAnswered(id, ErrorCode.None, epoch, TimeSpan.FromSeconds(5),
        partitions is null ? null : [new AssignedTopic(TopicId, partitions)]));

    /// <summary>A member of a KIP-848 group that has these.</summary>
    public MemberScript Has(params int[] partitions)
    {
        Subscribe().Hear(1, partitions);
        return partitions.Length > 0 ? Hear(1, null) : this;
    }
}
