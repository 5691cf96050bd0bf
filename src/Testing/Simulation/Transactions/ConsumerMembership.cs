using Semel.Machines.Groups;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>A member of a group of KIP-848: its heartbeats say what it has, and it is told what it is to have; what it is to give up it gives up with the next
/// one.</summary>
internal sealed class ConsumerMembership(ClientLink link, TransactionDoor door, GroupId group, Func<TopicId> input) : IMembership
{
    public string MemberId => $"member-{link.Name}";
    public int Generation { get; private set; } = -1;
    public IReadOnlyList<int> Assigned { get; private set; } = [];
    public int Assignments { get; private set; }

    public async Task<bool> KeepsAsync()
    {
        if (Generation < 0) return false;
        var before = Assignments;
        await HeartbeatAsync();
        return Generation >= 0 && Assignments == before;
    }

    public async Task JoinAsync()
    {
        while (true)
        {
            await HeartbeatAsync();
            if (Generation >= 0) return;
            await link.PauseAsync();
        }
    }

    async Task HeartbeatAsync()
    {
        var heartbeat = new ConsumerHeartbeat
        {
            GroupId = group,
            MemberId = MemberId,
            MemberEpoch = Math.Max(0, Generation),
            RebalanceTimeoutMs = (int)TransactionPlan.SessionTimeout.TotalMilliseconds,
            Topics = [SimulatedTopics.Input],
            Owned = Generation < 0 ? PartitionSet.Empty : PartitionSet.Of(Assigned.Select(partition => new TopicIdPartition(input(), partition))),
            Client = new ClientIdentity(link.Name, "/sim"),
            Version = 1,
            FreshId = MemberId,
        };
        var answer = await link.AskAsync("ConsumerGroupHeartbeat", source => door.AskGroupAsync(group, heartbeat));
        if (answer.IsLost || answer.Value.Error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable) return;
        if (answer.Value is not ConsumerHeartbeatReply { Error: ErrorCode.None } reply)
        {
            link.World.Note(link.Name, $"heartbeat-{answer.Value.Error}", Generation);
            Take(-1, []);
            return;
        }
        int[] assigned = reply.Assignment is { } given ? [.. given.Select(static partition => partition.Partition)] : [.. Assigned];
        if (Generation < 0 || !assigned.SequenceEqual(Assigned)) Take(reply.MemberEpoch, assigned);
        else Generation = reply.MemberEpoch;
    }

    void Take(int generation, IReadOnlyList<int> assigned)
    {
        (Generation, Assigned) = (generation, assigned);
        Assignments++;
        link.World.Note(link.Name, "consumer-member", Generation, assigned.Count);
    }
}
