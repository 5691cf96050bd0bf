using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>A member of a KIP-848 group as a client is one: it says what it owns, and takes over what it is told.</summary>
internal sealed class TestMember(TestGroups groups, string group, string id, string? instance = null)
{
    public string Id => id;
    public int Epoch { get; set; }
    public PartitionSet Owned { get; set; } = PartitionSet.Empty;
    /// <summary>What was asked for last.</summary>
    public string[] Topics { get; set; } = ["t"];
    public string? Pattern { get; set; }
    public string? Assignor { get; init; }
    public int RebalanceTimeoutMs { get; init; } = 30_000;
    public string? InstanceId => instance;

    /// <summary>Joins: whatever it had is given up.</summary>
    public ConsumerHeartbeatReply Join()
    {
        (Epoch, Owned) = (0, PartitionSet.Empty);
        return Take(Send(JoinOf()));
    }

    public ConsumerHeartbeat JoinOf() => Of(0) with { RebalanceTimeoutMs = RebalanceTimeoutMs, Topics = Topics, Pattern = Pattern, Assignor = Assignor, Owned = PartitionSet.Empty };

    /// <summary>Shows itself, and says what it owns when <paramref name="owned"/> is given.</summary>
    public ConsumerHeartbeatReply Beat(PartitionSet? owned = null) => Take(Send(Of(Epoch) with { Owned = owned }));

    /// <summary>Shows itself, and says that it has given up what it shall not have any more.</summary>
    public ConsumerHeartbeatReply BeatOwning() => Beat(Owned);

    public ConsumerHeartbeatReply Subscribe(params string[] topics)
    {
        Topics = topics;
        return Take(Send(Of(Epoch) with { Topics = topics, Owned = Owned }));
    }

    public ConsumerHeartbeatReply Leave(int epoch = -1)
    {
        var reply = Send(Of(epoch));
        if (reply.Error == ErrorCode.None) (Epoch, Owned) = (0, PartitionSet.Empty);
        return reply;
    }

    public ConsumerHeartbeat Of(int epoch) => new()
    {
        GroupId = new(group),
        MemberId = id,
        MemberEpoch = epoch,
        InstanceId = instance,
        Client = new("client", "/127.0.0.1"),
        Version = 1,
        FreshId = groups.FreshId(),
    };

    public ConsumerHeartbeatReply Send(ConsumerHeartbeat request) => groups.Ask<ConsumerHeartbeatReply>(request);

    public ConsumerHeartbeatReply Take(ConsumerHeartbeatReply reply)
    {
        if (reply.Error != ErrorCode.None) return reply;
        Epoch = reply.MemberEpoch;
        if (reply.Assignment is { } assignment) Owned = assignment;
        return reply;
    }
}
