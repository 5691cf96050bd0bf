using Microsoft.Extensions.Logging;
using Semel.Broker.Handlers;
using Semel.Broker.Hosting;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Groups;

/// <summary>
/// The group coordinator of this broker: the machines over the partitions of __consumer_offsets, and the way to the one of a group. Thread safe.
/// <para>
/// Whoever joins or synchronises may wait for minutes for others, and waits as long as it takes; everybody else is told to come again when the log does not
/// answer in time.
/// When the log fails, or the broker stops, all are told to find the coordinator again, which every client does by itself.
/// </para>
/// </summary>
internal sealed class GroupCoordinator
{
    static readonly GroupReply Late = new(ErrorCode.CoordinatorNotAvailable) { Message = "the coordinator's log does not answer in time" };
    static readonly GroupReply Stopped = new(ErrorCode.NotCoordinator) { Message = "the broker stops" };

    readonly StateTopic<GroupCommand, GroupReply, GroupView> _topic;
    readonly GroupOptions _options;
    readonly TopicRegistry _topics;
    readonly TimeSpan _logPatience;
    readonly TimeProvider _time;
    readonly CancellationToken _stopping;

    /// <param name="hangingAfter">See <see cref="GroupOptions.HangingAfter"/>.</param>
    /// <param name="topics">Learns of the groups' topic here, before the catalog is opened.</param>
    /// <param name="stopping">Nobody waits for other members any more.</param>
    public GroupCoordinator(BrokerOptions options, TimeSpan hangingAfter, TopicRegistry topics, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        (_topics, _time, _stopping) = (topics, time, stopping);
        _logPatience = options.OffsetsCommitTimeout;
        _options = options.Groups with { ProducerIdExpiration = options.ProducerIdExpiration, HangingAfter = hangingAfter };
        _topic = new(new()
        {
            Name = InternalTopic.Groups,
            PartitionCount = options.GroupTopic.PartitionCount,
            SegmentBytes = options.GroupTopic.SegmentBytes,
            Turns = TurnsOf,
            DescribeProducers = DescribeAsync,
            EndTransaction = EndAsync,
        }, topics, logger);
        topics.Deleted += DropOffsets;
    }

    /// <summary>Groups that there are, in the logs that are open.</summary>
    public int Count => _topic.All.Sum(static sequencer => sequencer.View?.Groups ?? 0);

    /// <summary>What the machines ask for, once there is somebody to do it: set before the first log is opened.</summary>
    public Action<Partition, IReadOnlyList<Effect>>? Effects { get; set; }

    void CarryOut(int number, IReadOnlyList<Effect> effects)
    {
        if (Effects is { } carryOut && _topics.TryFind(InternalTopic.Groups, out var topic)) carryOut(topic.Find(number)!, effects);
    }

    SequencerSettings<GroupCommand, GroupReply, GroupView> TurnsOf(StateLog log)
    {
        var (guards, connections) = (new GuardNumbers(), new CommitConnections());
        return new()
        {
            LogName = log.Name,
            OpenLog = log.Open,
            NewMachine = _ => new GroupMachine(_options, guards, connections),
            StorageFailed = static reason => new GroupReply(ErrorCode.NotCoordinator) { Message = reason },
            LastResort = "Where there is no copy of it, the groups of this partition begin anew: remove its folder while the broker is stopped, "
                + "and set their offsets again.",
            Stopped = Stopped,
            Effects = effects => CarryOut(log.Partition, effects),
            Tick = () => new GroupTick { Catalog = _topics.View },
            // They need none, and consumers go on with what they have.
            MakesRoom = static command => command is FetchOffsets or Heartbeat or ConsumerHeartbeat { MemberEpoch: > 0 } or ListGroups or DescribeGroup or DescribeConsumerGroup,
            // Whether a transaction that was open before the hole has ended in it or behind it nobody knows.
            ReadOnlyView = static (bounds, _, known) => known with
            {
                LogStartOffset = bounds.StartOffset,
                HighWatermark = bounds.EndOffset,
                LastStableOffset = Math.Max(bounds.StartOffset, known.LastStableOffset),
            },
        };
    }

    static async Task<DescribedProducers> DescribeAsync(Sequencer<GroupCommand, GroupReply, GroupView> sequencer)
    {
        var reply = await sequencer.AskAsync(new DescribeProducers());
        return reply is DescribedOffsetProducers described
            ? new(ErrorCode.None, null, described.Producers)
            : new(ErrorCode.KafkaStorageError, reply.Message, []);
    }

    /// <summary>The coordinator of the transaction tries again what is told this for.</summary>
    static async Task<ErrorCode> EndAsync(Sequencer<GroupCommand, GroupReply, GroupView> sequencer, EndMarker marker)
    {
        var reply = await sequencer.AskAsync(new EndTransaction(marker));
        return reply.Error == ErrorCode.NotCoordinator ? ErrorCode.NotLeaderOrFollower : reply.Error;
    }

    /// <summary>What a group's offsets are to the coordinator of a transaction; none while the topic is not there.</summary>
    public Participant ParticipantOf(string group) => Participant.Of(InternalTopic.Groups, _topic.TopicId, _topic.PartitionOf(group));

    /// <summary>All topics as they are now.</summary>
    public CatalogView Catalog => _topics.View;

    /// <summary>Asks the coordinator of a group. With an error of the log the answer is a <see cref="GroupReply"/> and no more.</summary>
    public async Task<GroupReply> AskAsync(string group, GroupCommand command)
    {
        if (await _topic.ReadyAsync() is var error and not ErrorCode.None) return new(error);
        return await _topic.Of(group).AskAsync(command with { Catalog = _topics.View }).WithinAsync(_logPatience, _time, Late);
    }

    /// <summary>As <see cref="AskAsync"/>, for what may have to wait for other members.</summary>
    public async Task<GroupReply> AskAndWaitAsync(string group, GroupCommand command)
    {
        if (await _topic.ReadyAsync() is var error and not ErrorCode.None) return new(error);
        var asked = _topic.Of(group).AskAsync(command with { Catalog = _topics.View });
        if (asked.IsCompleted) return await asked;
        try
        {
            return await asked.WaitAsync(_stopping);
        }
        catch (OperationCanceledException)
        {
            return Stopped;
        }
    }

    /// <summary>Asks the coordinators of all groups; nobody when there was never a group.</summary>
    public Task<GroupReply[]> AskAllAsync(GroupCommand command)
    {
        var asked = command with { Catalog = _topics.View };
        return Task.WhenAll(_topic.All.Select(sequencer => sequencer.AskAsync(asked).WithinAsync(_logPatience, _time, Late)));
    }

    /// <summary>A topic is gone: its offsets go, too. Whoever asks for them before that gets none, because they are those of another topic id.</summary>
    void DropOffsets(CatalogTopic topic)
    {
        if (!topic.IsInternal) _ = AskAllAsync(new DropDeletedTopics());
    }
}
