using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.BrokerBench.Groups;

/// <summary>A member of the classic protocol that gives up everything in a rebalance; the leader gives each member its share.</summary>
sealed class ClassicBenchMember(int port) : BenchMember(port)
{
    const short JoinVersion = 5, SyncVersion = 3, HeartbeatVersion = 3, LeaveVersion = 3;

    string _id = "";

    protected override void Live(RawConnection connection)
    {
        while (!Leaves)
        {
            if (Join(connection) is not { } joined || Sync(connection, joined) is not { } partitions) continue;
            State = new(joined.GenerationId, partitions);
            Beat(connection, joined.GenerationId);
            State = StateOf.BetweenTwo;
        }
        connection.Ask(new LeaveGroupRequest { GroupId = new(RebalanceRun.Group), Members = [new() { MemberId = _id }] }, LeaveVersion);
    }

    JoinGroupResponse? Join(RawConnection connection)
    {
        var answer = connection.Ask(new JoinGroupRequest
        {
            GroupId = new(RebalanceRun.Group),
            MemberId = _id,
            SessionTimeoutMs = 30_000,
            RebalanceTimeoutMs = 60_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = [RebalanceRun.Topic] }, 1) }],
        }, JoinVersion);
        if (answer.ErrorCode is ErrorCode.None or ErrorCode.MemberIdRequired) _id = answer.MemberId;
        else if (answer.ErrorCode == ErrorCode.UnknownMemberId) _id = "";
        else Thread.Sleep(1);
        return answer.ErrorCode == ErrorCode.None ? answer : null;
    }

    IReadOnlyList<int>? Sync(RawConnection connection, JoinGroupResponse joined)
    {
        var answer = connection.Ask(new SyncGroupRequest
        {
            GroupId = new(RebalanceRun.Group),
            GenerationId = joined.GenerationId,
            MemberId = _id,
            Assignments = [.. joined.Members.Select((member, index) => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.MemberId, Assignment = Share(index, joined.Members.Count) })],
        }, SyncVersion);
        if (answer.ErrorCode != ErrorCode.None) return null;
        var reader = new WireReader(answer.Assignment.ToArray());
        var version = reader.ReadInt16();
        var assignment = new ConsumerProtocolAssignment();
        assignment.Read(ref reader, version);
        return [.. assignment.AssignedPartitions.SelectMany(static topic => topic.Partitions)];
    }

    static byte[] Share(int index, int members) => VersionedData.ToBytes(new ConsumerProtocolAssignment
    {
        AssignedPartitions = [new() { Topic = RebalanceRun.Topic, Partitions = [.. Enumerable.Range(0, RebalanceRun.Partitions).Where(partition => partition % members == index)] }],
    }, 1);

    void Beat(RawConnection connection, int generation)
    {
        while (!Leaves)
        {
            var answer = connection.Ask(new HeartbeatRequest { GroupId = new(RebalanceRun.Group), GenerationId = generation, MemberId = _id }, HeartbeatVersion);
            if (answer.ErrorCode != ErrorCode.None) return;
            Thread.Sleep(BetweenBeats);
        }
    }
}
