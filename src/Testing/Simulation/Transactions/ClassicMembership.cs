using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>A member of a group of the classic protocol, as clients have it: it joins, the leader assigns, and it comes again when it is told that it is a
/// member no more.</summary>
internal sealed class ClassicMembership(ClientLink link, TransactionDoor door, GroupId group, int partitions) : IMembership
{
    static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(10);
    int _joins;

    public string MemberId { get; private set; } = "";
    public int Generation { get; private set; } = -1;
    public IReadOnlyList<int> Assigned { get; private set; } = [];
    public int Assignments { get; private set; }

    public async Task<bool> KeepsAsync()
    {
        if (Generation < 0) return false;
        var answer = await link.AskAsync("Heartbeat", source => door.AskGroupAsync(group, new Heartbeat(group, Generation, MemberId, null)));
        if (answer.IsLost || answer.Value.Error is ErrorCode.None or ErrorCode.NotCoordinator) return true;
        if (answer.Value.Error is ErrorCode.UnknownMemberId) MemberId = "";
        Generation = -1;
        return false;
    }

    public async Task JoinAsync()
    {
        while (!await TryJoinAsync()) await link.PauseAsync();
    }

    async Task<bool> TryJoinAsync()
    {
        var join = new JoinGroup
        {
            GroupId = group,
            MemberId = MemberId,
            Client = new ClientIdentity(link.Name, "/sim"),
            ProtocolType = "consumer",
            Protocols = [new JoinProtocol("range", [])],
            SessionTimeoutMs = (int)TransactionPlan.SessionTimeout.TotalMilliseconds,
            RebalanceTimeoutMs = (int)TransactionPlan.SessionTimeout.TotalMilliseconds,
            RequiresMemberId = true,
            FreshId = $"{_joins++}",
        };
        var joined = await link.AskAsync("JoinGroup", source => door.AskGroupAsync(group, join), JoinPatience);
        if (joined.IsLost || joined.Value is not JoinReply reply) return false;
        if (reply.Error == ErrorCode.UnknownMemberId) MemberId = "";
        if (reply.Error == ErrorCode.MemberIdRequired) MemberId = reply.MemberId;
        if (reply.Error != ErrorCode.None) return false;
        MemberId = reply.MemberId;
        var sync = new SyncGroup { GroupId = group, Generation = reply.Generation, MemberId = MemberId, Assignments = reply.Leader == MemberId
            ? Assign(reply.Members) : [] };
        var synced = await link.AskAsync("SyncGroup", source => door.AskGroupAsync(group, sync), JoinPatience);
        if (synced.IsLost || synced.Value is not SyncReply { Error: ErrorCode.None } assigned)
        {
            if (!synced.IsLost && synced.Value.Error == ErrorCode.UnknownMemberId) MemberId = "";
            return false;
        }
        Generation = reply.Generation;
        link.World.Note(link.Name, "member", Generation, assigned.Assignment.Length);
        Assigned = [.. assigned.Assignment.Select(static partition => (int)partition)];
        Assignments++;
        return true;
    }

    List<MemberAssignment> Assign(IReadOnlyList<JoinedMember> members) =>
        [.. members.Select((member, place) => new MemberAssignment(member.MemberId, [.. Enumerable.Range(0, partitions).Where(partition =>
            partition % members.Count == place).Select(static partition => (byte)partition)]))];
}
