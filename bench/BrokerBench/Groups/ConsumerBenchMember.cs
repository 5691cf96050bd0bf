using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.BrokerBench.Groups;

/// <summary>A member of a KIP-848 group: it takes and gives up what its heartbeats say, at once.</summary>
sealed class ConsumerBenchMember(int port) : BenchMember(port)
{
    readonly string _id = Guid.NewGuid().ToString();
    List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> _owned = [];

    protected override void Live(RawConnection connection)
    {
        var epoch = 0;
        while (!Leaves)
        {
            var answer = connection.Ask(Request(epoch), 1);
            if (answer.ErrorCode == ErrorCode.None) epoch = Take(answer);
            else if (answer.ErrorCode is ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId) (epoch, _owned) = (0, []);
            Thread.Sleep(BetweenBeats);
        }
        connection.Ask(Request(-1), 1);
    }

    ConsumerGroupHeartbeatRequest Request(int epoch) => new()
    {
        GroupId = new(RebalanceRun.Group),
        MemberId = _id,
        MemberEpoch = epoch,
        RebalanceTimeoutMs = epoch == 0 ? 60_000 : -1,
        SubscribedTopicNames = epoch == 0 ? [RebalanceRun.Topic] : null,
        TopicPartitions = epoch < 0 ? null : _owned,
    };

    int Take(ConsumerGroupHeartbeatResponse answer)
    {
        if (answer.Assignment is { } assignment)
            _owned = [.. assignment.TopicPartitions.Select(static topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = topic.TopicId, Partitions = [.. topic.Partitions] })];
        State = new(answer.MemberEpoch, [.. _owned.SelectMany(static topic => topic.Partitions)]);
        return answer.MemberEpoch;
    }
}
