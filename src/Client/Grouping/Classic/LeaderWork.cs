using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Grouping.Classic;

/// <summary>What the leader of a generation does besides: shares the partitions out for all, and sees to it that the group does so again when topics change.</summary>
internal sealed class LeaderWork(MemberTurn turn)
{
    const short AssignmentVersion = 3;

    readonly Dictionary<string, byte[]> _assignments = new(StringComparer.Ordinal);
    readonly Dictionary<string, TopicFacts?> _known = new(StringComparer.Ordinal);
    IReadOnlyList<JoinedMember>? _members;
    string[] _topics = [];

    /// <summary>The topics that any member wants, of the generation that we lead; none when we do not.</summary>
    public IReadOnlyCollection<string> Topics => _topics;
    public bool IsAtWork => _members is not null;
    public IReadOnlyDictionary<string, byte[]> Assignments => _assignments;

    public void Begin(JoinAnswered joined, ClassicSubscription own)
    {
        Rest();
        _topics = [.. joined.Members.Select(static member => Subscription(member)).SelectMany(static one => one.Topics).Union(own.Topics() ?? []).Order(StringComparer.Ordinal)];
        // The group goes on with the assignment that it has, and its leader, a static member that came back, only watches over it (KIP-814).
        if (joined.SkipAssignment) Note();
        else _members = joined.Members;
    }

    /// <summary>We do not lead, or not yet again.</summary>
    public void Rest()
    {
        (_members, _topics) = (null, []);
        _assignments.Clear();
        _known.Clear();
    }

    /// <returns>False while topics are not known.</returns>
    public bool TryAssign(string protocol)
    {
        var topics = turn.State.Topics;
        if (!topics.Covers(_topics)) return false;
        var strategy = AssignmentStrategies.Find(protocol)!.Value;
        var members = _members!.Select(member => Described(member, strategy)).ToArray();
        var counts = _topics.Select(topic => topics.Find(topic)).Where(static topic => topic is not null).ToDictionary(static topic => topic!.Value.Name, static topic => topic!.Value.Partitions, StringComparer.Ordinal);
        foreach (var (member, partitions) in Assignor.Assign(strategy, members, counts)) _assignments[member] = Bytes(partitions);
        _members = null;
        Note();
        return true;
    }

    void Note()
    {
        foreach (var topic in _topics) _known[topic] = turn.State.Topics.Covers([topic]) ? turn.State.Topics.Find(topic) : null;
    }

    /// <summary>A topic that has come, gone, grown, or was made anew since it was shared out; null when there is none.</summary>
    public string? FindChange()
    {
        var topics = turn.State.Topics;
        foreach (var (topic, known) in _known)
            if (topics.Covers([topic]) && topics.Find(topic) != known) return topic;
        return null;
    }

    /// <summary>What a member says in bytes that cannot be read is taken for nothing: it gets nothing.</summary>
    static ConsumerProtocolSubscription Subscription(JoinedMember member) =>
        ConsumerProtocol.TryReadSubscription(member.Metadata, out var subscription, out _) ? subscription : new ConsumerProtocolSubscription();

    static AssignorMember Described(JoinedMember member, PartitionAssignmentStrategy strategy)
    {
        var subscription = Subscription(member);
        IReadOnlyCollection<TopicPartition> owned = [.. subscription.OwnedPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))];
        var generation = subscription.GenerationId;
        if (strategy == PartitionAssignmentStrategy.Sticky && subscription.UserData is { } previous && StickyUserData.TryReadSticky(previous, out var had, out var since)) (owned, generation) = (had, since);
        if (strategy == PartitionAssignmentStrategy.CooperativeSticky && generation < 0 && subscription.UserData is { } said) generation = StickyUserData.ReadCooperative(said);
        return new AssignorMember(member.MemberId, member.InstanceId, subscription.Topics.ToHashSet(StringComparer.Ordinal), owned, generation);
    }

    static byte[] Bytes(List<TopicPartition> partitions) => VersionedData.ToBytes(new ConsumerProtocolAssignment
    {
        AssignedPartitions = [.. partitions.GroupBy(static one => one.Topic).Select(static topic => new ConsumerProtocolAssignment.TopicPartition
        {
            Topic = topic.Key, Partitions = [.. topic.Select(static one => one.Partition)],
        })],
    }, AssignmentVersion);
}
