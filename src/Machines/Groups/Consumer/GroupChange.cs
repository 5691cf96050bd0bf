using Semel.Machines.Groups.Consumer.Assignors;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>What one decision changes of a group: it is recorded as it is said, and asked for as if it counted already.</summary>
internal sealed class GroupChange(ConsumerGroup group, GroupTurn turn)
{
    /// <summary>Null: no member any more.</summary>
    readonly Dictionary<string, MemberSubscription?> _subscriptions = new(StringComparer.Ordinal);
    readonly Dictionary<string, PatternTopics> _patterns = new(StringComparer.Ordinal);
    readonly Dictionary<string, PartitionSet> _targets = new(StringComparer.Ordinal);
    bool _hasOtherPatterns;

    public int Epoch { get; private set; } = group.Epoch;
    public int AssignmentEpoch { get; private set; } = group.AssignmentEpoch;

    // ---- Members

    public void Subscribe(string memberId, MemberSubscription subscription)
    {
        var before = SubscriptionOf(memberId);
        if (subscription.Equals(before)) return;
        _hasOtherPatterns |= before?.Pattern is not null && before.Pattern != subscription.Pattern;
        _subscriptions[memberId] = subscription;
        ConsumerRecords.Put(turn.Records, group.Group.Name, memberId, subscription);
    }

    public void SetTarget(string memberId, PartitionSet target)
    {
        _targets[memberId] = target;
        ConsumerRecords.PutTarget(turn.Records, group.Group.Name, memberId, target);
    }

    public void SetState(string memberId, MemberState state) => ConsumerRecords.Put(turn.Records, group.Group.Name, memberId, state);

    public void Remove(string memberId)
    {
        _hasOtherPatterns |= SubscriptionOf(memberId)?.Pattern is not null;
        _subscriptions[memberId] = null;
        _targets.Remove(memberId);
        ConsumerRecords.RemoveMember(turn.Records, group.Group.Name, memberId);
        group.Timers.Gone(memberId, turn);
    }

    MemberSubscription? SubscriptionOf(string memberId) =>
        _subscriptions.TryGetValue(memberId, out var changed) ? changed : group.TryFind(memberId, out var member) ? member.Subscription : null;

    IEnumerable<(string Id, MemberSubscription Subscription)> Members
    {
        get
        {
            foreach (var member in group.Members)
                if (!_subscriptions.ContainsKey(member.Id)) yield return (member.Id, member.Subscription!);
            foreach (var (id, subscription) in _subscriptions)
                if (subscription is not null) yield return (id, subscription);
        }
    }

    public PartitionSet TargetOf(string memberId)
    {
        if (_targets.TryGetValue(memberId, out var target)) return target;
        return group.TryFind(memberId, out var member) && member.Target is { } recorded ? recorded : PartitionSet.Empty;
    }

    // ---- Topics

    /// <summary>A regular expression that the group did not have.</summary>
    public void SetPattern(string pattern, PatternTopics topics)
    {
        _patterns[pattern] = topics;
        ConsumerRecords.Put(turn.Records, group.Group.Name, pattern, topics);
    }

    PatternTopics? PatternOf(string pattern) => _patterns.GetValueOrDefault(pattern) ?? group.Patterns.GetValueOrDefault(pattern);

    /// <summary>The ids of all topics that there are and that are asked for, ascending.</summary>
    public TopicId[] TopicsOf(MemberSubscription subscription)
    {
        var ids = new SortedSet<Guid>();
        foreach (var name in NamesOf(subscription))
            if (turn.Catalog.TryFind(name, out var topic)) ids.Add(topic.TopicId.Value);
        return [.. ids.Select(static id => new TopicId(id))];
    }

    IEnumerable<string> NamesOf(MemberSubscription subscription) =>
        subscription.Pattern is { } pattern && PatternOf(pattern) is { } found ? subscription.Topics.Concat(found.Topics) : subscription.Topics;

    // ---- Epochs

    /// <summary>The group's epoch rises with every change of its members and with every change of the topics that they ask for.</summary>
    /// <param name="isOther">Members have changed.</param>
    public void UpdateEpoch(bool isOther)
    {
        var catalog = turn.Catalog;
        if (!isOther && group.CheckedCatalog is { } seen && seen.EndOffset == catalog.EndOffset) return;
        RefreshPatterns();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        IReadOnlyList<string>? last = null;
        foreach (var (_, subscription) in Members)
        {
            // Members that were made by the same program share what they ask for as a rule.
            if (subscription.Pattern is null && last is not null && subscription.Topics.SequenceEqual(last, StringComparer.Ordinal)) continue;
            names.UnionWith(NamesOf(subscription));
            last = subscription.Pattern is null ? subscription.Topics : null;
        }
        var hash = MetadataHash.Of(names, catalog);
        group.CheckedCatalog = catalog;
        if (!isOther && hash == group.MetadataHash) return;
        Epoch++;
        ConsumerRecords.PutEpoch(turn.Records, group.Group.Name, Epoch, hash);
    }

    void RefreshPatterns()
    {
        if (group.Patterns.Count == 0) return;
        if (_hasOtherPatterns)
        {
            var used = Members.Select(static member => member.Subscription.Pattern).ToHashSet();
            foreach (var pattern in group.Patterns.Keys.Order(StringComparer.Ordinal))
                if (!used.Contains(pattern)) ConsumerRecords.RemovePattern(turn.Records, group.Group.Name, pattern);
        }
        if (group.CheckedCatalog?.EndOffset == turn.Catalog.EndOffset) return;
        foreach (var (pattern, topics) in group.Patterns.OrderBy(static pattern => pattern.Key, StringComparer.Ordinal))
        {
            var now = topics.SeekAgain(pattern, turn.Catalog, group.CheckedCatalog, turn.Now.Wall);
            if (!ReferenceEquals(now, topics) && !now.Topics.SequenceEqual(topics.Topics)) SetPattern(pattern, now);
        }
    }

    // ---- Assignment

    /// <summary>
    /// Makes targets for everybody when those that there are belong to an earlier epoch. Not more often than in every interval, as it is work and causes work;
    /// whoever joins a group that nobody is in need not wait.
    /// </summary>
    /// <param name="atOnce">Whoever asks would only ask again: a member of the classic protocol that has to join.</param>
    public void Assign(bool atOnce)
    {
        if (Epoch <= AssignmentEpoch) return;
        if (!atOnce && group.HasMembers && turn.Now.Steady - group.AssignedAt < turn.Options.ConsumerAssignmentInterval) return;
        var members = Members.OrderBy(static member => member.Id, StringComparer.Ordinal).ToArray();
        var counts = new Dictionary<TopicId, int>();
        var input = new AssignorMember[members.Length];
        for (var index = 0; index < members.Length; index++)
        {
            var (id, subscription) = members[index];
            var topics = index > 0 && subscription.AsksForTheSame(members[index - 1].Subscription) ? input[index - 1].Topics : TopicsOf(subscription);
            if (index == 0 || !ReferenceEquals(topics, input[index - 1].Topics))
                foreach (var topic in topics) counts[topic] = turn.Catalog.TryFind(topic, out var found) ? found.PartitionCount : 0;
            input[index] = new(id, subscription.InstanceId, topics, TargetOf(id));
        }
        var assigned = PreferredAssignor.Of(members.Select(static member => member.Subscription.Assignor), turn.Options).Assign(new(input, counts));
        for (var index = 0; index < members.Length; index++)
        {
            var id = members[index].Id;
            if (assigned[index].Equals(input[index].Target) && group.TryFind(id, out var member) && member.Target is not null) continue;
            SetTarget(id, assigned[index]);
        }
        AssignmentEpoch = Epoch;
        group.AssignedAt = turn.Now.Steady;
        ConsumerRecords.PutAssignmentEpoch(turn.Records, group.Group.Name, Epoch, turn.Now.Wall);
    }
}
