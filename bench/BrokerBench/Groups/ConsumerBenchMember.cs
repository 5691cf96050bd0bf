using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.BrokerBench.Groups;

/// <summary>A member of a KIP-848 group: it takes and gives up what its heartbeats say, at once.</summary>
sealed class ConsumerBenchMember : IBenchMember
{
    static readonly TimeSpan BetweenBeats = TimeSpan.FromMilliseconds(10);

    readonly int _port;
    readonly Thread _thread;
    readonly string _id = Guid.NewGuid().ToString();
    volatile bool _leaves;
    volatile StateOf _state = new(0, []);
    List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> _owned = [];

    sealed record StateOf(int Generation, IReadOnlyList<int> Partitions);

    public ConsumerBenchMember(int port)
    {
        _port = port;
        _thread = new Thread(Live, maxStackSize: 256 * 1024);
        _thread.Start();
    }

    public (int, IReadOnlyList<int>) State => (_state.Generation, _state.Partitions);

    public void Leave()
    {
        _leaves = true;
        _thread.Join();
    }

    void Live()
    {
        using var connection = new RawConnection(_port);
        var epoch = 0;
        while (!_leaves)
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
        _state = new(answer.MemberEpoch, [.. _owned.SelectMany(static topic => topic.Partitions)]);
        return answer.MemberEpoch;
    }
}
