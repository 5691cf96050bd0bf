using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>A member of a group of the classic protocol, as clients have it: it joins, the leader assigns, and it comes again when it is told that it is a member no more.</summary>
internal sealed class GroupMembership(ClientLink link, TransactionDoor door, GroupId group, int partitions)
{
    static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(10);
    int _joins;

    public string MemberId { get; private set; } = "";
    /// <summary>-1 while it is no member.</summary>
    public int Generation { get; private set; } = -1;
    public IReadOnlyList<int> Assigned { get; private set; } = [];

    /// <summary>Whether the assignment still counts, as far as anybody knows.</summary>
    public async Task<bool> IsMemberAsync()
    {
        if (Generation < 0) return false;
        var answer = await link.AskAsync(source => door.AskGroupAsync(group, new Heartbeat(group, Generation, MemberId, null)));
        if (answer.IsLost || answer.Value.Error is ErrorCode.None or ErrorCode.NotCoordinator) return true;
        if (answer.Value.Error is ErrorCode.UnknownMemberId) MemberId = "";
        Generation = -1;
        return false;
    }

    /// <summary>Joins until there is an assignment.</summary>
    public async Task<IReadOnlyList<int>> JoinAsync()
    {
        while (true)
        {
            if (await TryJoinAsync() is { } assigned) return assigned;
            await link.PauseAsync();
        }
    }

    async Task<IReadOnlyList<int>?> TryJoinAsync()
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
        var joined = await link.AskAsync(source => door.AskGroupAsync(group, join), JoinPatience);
        if (joined.IsLost || joined.Value is not JoinReply reply) return null;
        if (reply.Error == ErrorCode.UnknownMemberId) MemberId = "";
        if (reply.Error == ErrorCode.MemberIdRequired) MemberId = reply.MemberId;
        if (reply.Error != ErrorCode.None) return null;
        MemberId = reply.MemberId;
        var sync = new SyncGroup { GroupId = group, Generation = reply.Generation, MemberId = MemberId, Assignments = reply.Leader == MemberId ? Assign(reply.Members) : [] };
        var synced = await link.AskAsync(source => door.AskGroupAsync(group, sync), JoinPatience);
        if (synced.IsLost || synced.Value is not SyncReply { Error: ErrorCode.None } assigned)
        {
            if (!synced.IsLost && synced.Value.Error == ErrorCode.UnknownMemberId) MemberId = "";
            return null;
        }
        Generation = reply.Generation;
        link.World.Note(link.Name, "member", Generation, assigned.Assignment.Length);
        return Assigned = [.. assigned.Assignment.Select(static partition => (int)partition)];
    }

    List<MemberAssignment> Assign(IReadOnlyList<JoinedMember> members) =>
        [.. members.Select((member, place) => new MemberAssignment(member.MemberId, [.. Enumerable.Range(0, partitions).Where(partition => partition % members.Count == place).Select(static partition => (byte)partition)]))];
}
