using Semel.Machines.Groups;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>
/// Members that join, leave, fall silent, lose answers and give up late, topics that come and go, a coordinator that dies and starts again in between, with and without what it decided last, all by chance from a
/// seed: no partition is ever used by two members, and once everybody behaves the group is stable and everything is assigned.
/// </summary>
public class ConsumerSafetyTests
{
    sealed class Client(ConsumerWorld world, string id, string? instance)
    {
        public TestMember Member { get; set; } = world.Member(id, instance);
        /// <summary>What it reads from: more than it shall, while it has not given up yet.</summary>
        public PartitionSet Uses { get; set; } = PartitionSet.Empty;
        public bool IsIn { get; set; }
        /// <summary>An answer did not come: it may have said anything, so everything is said again, and told again.</summary>
        public bool MissedAnswer { get; set; }
        /// <summary>When it last heard of its group and used nothing that it shall not: a client that cannot say so for its rebalance timeout gives up by itself.</summary>
        public TimeSpan SafeAt { get; set; }
        /// <summary>What the coordinator was told that it owns: it need not be told again.</summary>
        public PartitionSet Said { get; set; } = PartitionSet.Empty;

        public void Out()
        {
            (IsIn, Uses) = (false, PartitionSet.Empty);
            (Member.Epoch, Member.Owned) = (0, PartitionSet.Empty);
        }
    }

    static readonly string[] Names = ["t", "u", "v", "w"];

    /// <returns>The first fault that was found; null when none was.</returns>
    static string? Run(int seed, PlantedFault fault = PlantedFault.None)
    {
        var random = new Random(seed);
        var options = random.Next(2) == 0 ? ConsumerWorld.AtOnce : TestGroups.Quick;
        var world = new ConsumerWorld(options, fault);
        world.Groups.ChecksReplay = seed % 40 == 0;
        var clients = Enumerable.Range(0, random.Next(2, 5)).Select(number => new Client(world, $"m{number}", random.Next(4) == 0 ? $"i{number}" : null)).ToArray();
        for (var step = 0; step < 150; step++)
        {
            var client = clients[random.Next(clients.Length)];
            switch (random.Next(20))
            {
                case 0 when client.IsIn:
                    client.Member.Leave(client.Member.InstanceId is not null && random.Next(2) == 0 ? -2 : -1);
                    client.Out();
                    break;
                case 1:
                    // It stops without a word; a dynamic one comes back as another member.
                    client.Out();
                    if (client.Member.InstanceId is null) client.Member = world.Member($"{client.Member.Id}'");
                    break;
                case 2:
                    world.Groups.Pass(TimeSpan.FromSeconds(random.Next(1, 50)));
                    break;
                case 3:
                    if (random.Next(2) == 0) world.Groups.Restart();
                    else world.Groups.RestartFromSnapshot();
                    break;
                case 4:
                    ChangeTopics(world, random);
                    break;
                case 5 when client.IsIn:
                    Choose(client.Member, random);
                    Send(world, client, client.Member.Of(client.Member.Epoch) with { RebalanceTimeoutMs = client.Member.RebalanceTimeoutMs, Topics = client.Member.Topics, Pattern = client.Member.Pattern ?? "", Owned = client.Uses }, random, lose: false);
                    break;
                default:
                    if (!client.IsIn) Choose(client.Member, random);
                    Beat(world, client, random, calm: false);
                    break;
            }
            foreach (var one in clients)
                if (one.IsIn && world.Groups.Steady - one.SafeAt >= TimeSpan.FromMilliseconds(one.Member.RebalanceTimeoutMs)) one.Out();
            if (Overlap(clients) is { } overlap) return $"seed {seed}, step {step}: {overlap}";
            if (world.Groups.ChecksReplay) Assert.Equal(world.Groups.Save(), world.Groups.SaveOf(world.Groups.Rebuilt(world.Groups.Save())));
        }
        return Settle(world, clients, random) is { } unsettled ? $"seed {seed}: {unsettled}" : null;
    }

    static void Choose(TestMember member, Random random)
    {
        member.Topics = [.. Names.Where(_ => random.Next(2) == 0)];
        member.Pattern = random.Next(4) == 0 ? "[u-w]" : null;
    }

    static void ChangeTopics(ConsumerWorld world, Random random)
    {
        var name = Names[random.Next(Names.Length)];
        if (world.Groups.Topics.View.TryFind(name, out _)) world.Groups.Topics.Turn(Semel.Machines.Catalog.CatalogCommand.DeleteTopic(name));
        else world.Groups.Topics.Create(name, random.Next(1, 6));
    }

    static void Beat(ConsumerWorld world, Client client, Random random, bool calm)
    {
        if (!client.IsIn)
        {
            var join = client.Member.JoinOf() with { Pattern = client.Member.Pattern ?? "" };
            client.SafeAt = world.Groups.Steady;
            if (Send(world, client, join, random, lose: !calm && random.Next(5) == 0)) client.IsIn = true;
            return;
        }
        // It gives up when it comes to it: now or at a later heartbeat.
        if (calm || random.Next(2) == 0) client.Uses = client.Uses.Intersect(client.Member.Owned);
        var beat = client.Member.Of(client.Member.Epoch);
        if (client.MissedAnswer) beat = client.Member.JoinOf() with { MemberEpoch = client.Member.Epoch, Pattern = client.Member.Pattern ?? "" };
        PartitionSet? owned = !client.MissedAnswer && !calm && client.Said.Equals(client.Uses) && random.Next(2) == 0 ? null : client.Uses;
        Send(world, client, beat with { Owned = owned }, random, lose: !calm && random.Next(5) == 0);
    }

    /// <returns>Whether the answer came, and was no error.</returns>
    static bool Send(ConsumerWorld world, Client client, ConsumerHeartbeat request, Random random, bool lose)
    {
        var written = world.Groups.Log.Count;
        var reply = client.Member.Send(request);
        client.MissedAnswer = lose;
        if (lose)
        {
            // Now and then it was lost because the coordinator died before its answer was durable, and with it what it had decided.
            if (written < world.Groups.Log.Count && random.Next(3) == 0) world.Groups.CrashAndLose(world.Groups.Log.Count - written);
            return false;
        }
        if (reply.Error == ErrorCode.None)
        {
            client.Said = request.Owned ?? client.Said;
            client.Member.Take(reply);
            // What is new may be used at once; what is gone is used until it is given up.
            client.Uses = client.Uses.Union(client.Member.Owned);
            if (client.Uses.IsSubsetOf(client.Member.Owned)) client.SafeAt = world.Groups.Steady;
            return true;
        }
        if (reply.Error is ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.GroupIdNotFound) client.Out();
        return false;
    }

    static string? Overlap(Client[] clients)
    {
        var users = new Dictionary<TopicIdPartition, Client>();
        foreach (var client in clients)
            foreach (var partition in client.Uses)
                if (!users.TryAdd(partition, client)) return $"{partition} is used by {users[partition].Member.Id} and {client.Member.Id}";
        return null;
    }

    static string? Settle(ConsumerWorld world, Client[] clients, Random random)
    {
        for (var round = 0; round < 60; round++)
        {
            world.Groups.Pass(TimeSpan.FromSeconds(5));
            foreach (var client in clients)
            {
                Beat(world, client, random, calm: true);
                if (Overlap(clients) is { } overlap) return overlap;
            }
        }
        if (world.Describe() is var group && group.State != "Stable") return $"the group is {group.State} in the end";
        var view = world.Groups.Topics.View;
        foreach (var topic in view.Topics)
        {
            var isAsked = clients.Any(client => client.Member.Topics.Contains(topic.Name) || (client.Member.Pattern is not null && topic.Name is "u" or "v" or "w" && client.Member.Pattern is not null));
            for (var partition = 0; partition < topic.PartitionCount; partition++)
            {
                var isRead = clients.Any(client => client.Member.Owned.Contains(new(topic.TopicId, partition)));
                if (isRead != isAsked) 
                    return $"partition {partition} of {topic.Name} is {(isRead ? "read" : "not read")}; "
                        + string.Join("; ", clients.Select(client => $"{client.Member.Id} in {client.IsIn} {string.Join(',', client.Member.Topics)} {client.Member.Pattern} owns {client.Member.Owned}"))
                        + " but " + string.Join("; ", group.Members.Select(member => $"{member.MemberId} {member.Epoch} {string.Join(',', member.Topics)} {member.Pattern} {member.Assigned} of {member.Target}"));
            }
        }
        return null;
    }

    [Fact]
    public void No_partition_is_ever_used_by_two_members_and_everything_is_assigned_in_the_end()
    {
        for (var seed = 0; seed < 300; seed++)
            if (Run(seed) is { } fault) Assert.Fail(fault);
    }

    [Fact]
    public void A_coordinator_that_gives_before_it_was_given_up_is_found()
    {
        Assert.Contains(Enumerable.Range(0, 50), seed => Run(seed, PlantedFault.PartitionGivenBeforeReleased) is not null);
    }
}
