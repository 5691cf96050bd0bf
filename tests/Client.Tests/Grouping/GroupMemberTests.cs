using Semel.Broker.Hosting;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Offsets;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Grouping;

/// <summary>Members of both protocols at a real broker in this process.</summary>
public sealed class GroupMemberTests : IAsyncLifetime
{
    const int Partitions = 6;

    readonly OwnershipBoard _board = new();
    readonly List<TestMember> _members = [];
    InProcessBroker _broker = null!;

    public async Task InitializeAsync()
    {
        _broker = await InProcessBroker.StartAsync(new BrokerOptions
        {
            Groups = Machines.Groups.GroupOptions.Default with
            {
                InitialRebalanceDelay = TimeSpan.Zero, MinSessionTimeout = TimeSpan.FromMilliseconds(500), ConsumerAssignmentInterval = TimeSpan.Zero,
                ConsumerHeartbeatInterval = TimeSpan.FromMilliseconds(200), ConsumerSessionTimeout = TimeSpan.FromSeconds(3),
            },
            ConsumerGroupBounds = new() { MinHeartbeatInterval = TimeSpan.FromMilliseconds(50), MinSessionTimeout = TimeSpan.FromMilliseconds(500) },
        });
        await _broker.CreateTopicAsync("t", Partitions);
    }

    public async Task DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        await _broker.DisposeAsync();
    }

    TestMember Join(string name, GroupOptions options, params string[] topics)
    {
        var member = new TestMember(_broker.BootstrapServers, name, _board, options);
        _members.Add(member);
        return member.Subscribe(topics.Length > 0 ? topics : ["t"]);
    }

    static GroupOptions Options(string kind) => kind switch
    {
        "consumer" => TestMember.Consumer(),
        "auto" => TestMember.Consumer() with { Protocol = GroupProtocol.Auto },
        _ => TestMember.Classic(AssignmentStrategies.Find(kind)!.Value),
    };

    void NothingWentWrong()
    {
        Assert.Empty(_board.Conflicts);
        Assert.All(_members, static member => Assert.Null(member.Owner.Failure));
        Assert.All(_members, static member => Assert.False(member.Owner.CalledTwiceAtOnce));
    }

    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    [InlineData("sticky")]
    [InlineData("cooperative-sticky")]
    [InlineData("consumer")]
    [InlineData("auto")]
    public async Task Members_come_and_go_and_no_partition_is_ever_with_two(string kind)
    {
        var first = Join("a", Options(kind));
        await first.HasAsync(6);
        var second = Join("b", Options(kind));
        await first.HasAsync(3);
        await second.HasAsync(3);
        var third = Join("c", Options(kind));
        foreach (var member in _members) await member.HasAsync(2);
        await second.Member.CloseAsync(TimeSpan.FromSeconds(10));
        await first.HasAsync(3);
        await third.HasAsync(3);
        Assert.Empty(second.Owner.Own);
        Assert.Equal(6, _board.Owners.Count);
        NothingWentWrong();
    }
}
