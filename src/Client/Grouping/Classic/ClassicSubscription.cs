using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Grouping.Classic;

/// <summary>What a classic member tells the others of itself, and what it reads of the leader's assignment.</summary>
internal sealed class ClassicSubscription(MemberTurn turn)
{
    const short Version = 3;

    string[]? _offered;
    // What the leader gave us last, and in which generation: members of the sticky strategy tell it to the next leader.
    IReadOnlyList<TopicPartition>? _previous;
    int _previousGeneration = -1;

    MemberState State => turn.State;
    IReadOnlyList<PartitionAssignmentStrategy> Strategies => turn.Options.Strategies;

    /// <summary>C-12: one strategy that needs everything to be given back first makes all of them do so.</summary>
    public bool IsCooperative => Strategies.All(AssignmentStrategies.IsCooperative);

    public bool Offers(string protocol) => Strategies.Any(strategy => AssignmentStrategies.Name(strategy) == protocol);

    /// <summary>The topics by name, in order; null while it is not known which topics match a pattern.</summary>
    public string[]? Topics()
    {
        if (State.Subscription is not { } subscription) return [];
        if (subscription.Patterns.Count == 0) return [.. subscription.Names];
        return State.Topics.Asked.All ? [.. subscription.Names.Union(State.Topics.Names.Where(subscription.Matches)).Order(StringComparer.Ordinal)] : null;
    }

    public TopicWish Wish(IEnumerable<string> others) =>
        State.Subscription is { } subscription ? new TopicWish(subscription.Patterns.Count > 0, [.. subscription.Names.Union(others).Order(StringComparer.Ordinal)], []) : TopicWish.Nothing;

    /// <summary>What JoinGroup says; null while it cannot be said.</summary>
    public IReadOnlyList<OfferedProtocol>? Offer()
    {
        if (Topics() is not { } topics) return null;
        TellMode();
        _offered = topics;
        return [.. Strategies.Select(strategy => new OfferedProtocol(AssignmentStrategies.Name(strategy), Metadata(strategy, topics)))];
    }

    /// <summary>Whether what was said in the last JoinGroup is not so any more.</summary>
    public bool HasChanged() => _offered is not null && Topics() is { } topics && !topics.AsSpan().SequenceEqual(_offered);

    public void Forget() => _offered = null;

    byte[] Metadata(PartitionAssignmentStrategy strategy, string[] topics) => VersionedData.ToBytes(new ConsumerProtocolSubscription
    {
        Topics = [.. topics],
        UserData = UserData(strategy),
        OwnedPartitions = [.. State.Ownership.Owned.Keys.GroupBy(static one => one.Topic).Select(static topic => new ConsumerProtocolSubscription.TopicPartition
        {
            Topic = topic.Key, Partitions = [.. topic.Select(static one => one.Partition)],
        })],
        GenerationId = State.Epoch,
        RackId = turn.Options.Rack,
    }, Version);

    ReadOnlyMemory<byte>? UserData(PartitionAssignmentStrategy strategy)
    {
        if (strategy == PartitionAssignmentStrategy.CooperativeSticky) return StickyUserData.OfCooperative(State.Epoch);
        if (strategy == PartitionAssignmentStrategy.Sticky && _previous is { } previous) return StickyUserData.OfSticky(previous, _previousGeneration);
        return null;
    }

    /// <summary>Null when the bytes are no assignment. No bytes at all assign nothing.</summary>
    public IReadOnlyList<TopicPartition>? Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return Remember([]);
        if (!ConsumerProtocol.TryReadAssignment(bytes, out var assignment, out _)) return null;
        return Remember([.. assignment.AssignedPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).Distinct()]);
    }

    IReadOnlyList<TopicPartition> Remember(IReadOnlyList<TopicPartition> assigned)
    {
        (_previous, _previousGeneration) = (assigned, State.Epoch);
        return assigned;
    }

    void TellMode()
    {
        if (IsCooperative || !Strategies.Any(AssignmentStrategies.IsCooperative)) return;
        var notice = new EagerBecauseOf(Names(AssignmentStrategies.IsCooperative), Names(static strategy => !AssignmentStrategies.IsCooperative(strategy)));
        if (State.Told.Add(notice)) turn.Tell(notice);
    }

    string Names(Func<PartitionAssignmentStrategy, bool> which) => string.Join(',', Strategies.Where(which).Select(AssignmentStrategies.Name));
}
