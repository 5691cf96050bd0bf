using System.Diagnostics.CodeAnalysis;
using Semel.Machines.Catalog;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// A group of KIP-848: the broker assigns, and each member is brought to its target by its own heartbeats (<see cref="Reconciliation"/>). Recorded are
/// subscriptions, the target and what each member was told; sessions and the time that members have to give up partitions are not, and begin anew with the
/// machine.
/// </summary>
internal sealed class ConsumerGroup(Group group) : GroupBody(group)
{
    readonly Dictionary<string, ConsumerMember> _members = new(StringComparer.Ordinal);
    readonly Dictionary<string, ConsumerMember> _byInstance = new(StringComparer.Ordinal);
    readonly Dictionary<TopicIdPartition, ConsumerMember> _owners = [];
    readonly Dictionary<string, PatternTopics> _patterns = new(StringComparer.Ordinal);
    HashSet<string>? _topics;
    MemberSubscription? _last;
    bool _hasEpoch, _hasAssignment, _isExpected;

    // ---- Recorded

    /// <summary>Rises with everything from which another assignment may follow.</summary>
    public int Epoch { get; private set; }
    /// <summary>The group's epoch that the targets were made for.</summary>
    public int AssignmentEpoch { get; private set; }
    public long MetadataHash { get; private set; }
    public int MemberCount { get; private set; }
    public IReadOnlyDictionary<string, PatternTopics> Patterns => _patterns;

    /// <summary>In no order.</summary>
    public IEnumerable<ConsumerMember> Members => _members.Values.Where(static member => member.Subscription is not null);

    public IEnumerable<ConsumerMember> SortedMembers => Members.OrderBy(static member => member.Id, StringComparer.Ordinal);

    public bool TryFind(string memberId, [NotNullWhen(true)] out ConsumerMember? member) =>
        _members.TryGetValue(memberId, out member) && member.Subscription is not null;
    public bool TryFindStatic(string instanceId, [NotNullWhen(true)] out ConsumerMember? member) => _byInstance.TryGetValue(instanceId, out member);

    /// <summary>Somebody holds the partition, or has not said yet that it gave it up.</summary>
    public bool HasOwner(TopicIdPartition partition) => _owners.ContainsKey(partition);

    // ---- Not recorded

    /// <summary>The topics that <see cref="MetadataHash"/> was last compared with; null after loading.</summary>
    public CatalogView? CheckedCatalog { get; set; }
    /// <summary>By the steady clock; null after loading.</summary>
    public TimeSpan? AssignedAt { get; set; }
    public MemberTimers Timers => field ??= new MemberTimers(this);

    /// <summary>The decision that is being made will record something of it.</summary>
    public void Expect() => _isExpected = true;

    // ---- For the coordinator

    public override string TypeName => "consumer";
    public override string ProtocolType => "consumer";
    public override bool HasMembers => MemberCount > 0;
    public override bool IsBare => !_isExpected && _members.Count == 0 && _patterns.Count == 0 && !_hasEpoch && !_hasAssignment;

    public override string StateName
    {
        get
        {
            if (MemberCount == 0) return "Empty";
            if (Epoch > AssignmentEpoch) return "Assigning";
            return Members.All(member => member.State is { } state && state.IsReconciledTo(AssignmentEpoch)) ? "Stable" : "Reconciling";
        }
    }

    public override CommitAdmission AdmitCommit(in Committer committer) => ConsumerCommitRule.Admit(this, committer);

    public override bool AdmitsPartition(in Committer committer, TopicId topicId, int partition) =>
        ConsumerCommitRule.AdmitsPartition(this, committer, new(topicId, partition));

    public override ErrorCode AdmitFetch(string memberId, int memberEpoch) => ConsumerCommitRule.AdmitFetch(this, memberId, memberEpoch);

    public override bool IsSubscribedTo(string topic) => (_topics ??= AllTopics()).Contains(topic);

    HashSet<string> AllTopics()
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in Members)
        {
            topics.UnionWith(member.Subscription!.Topics);
            if (member.Subscription.Pattern is { } pattern && _patterns.TryGetValue(pattern, out var found)) topics.UnionWith(found.Topics);
        }
        return topics;
    }

    /// <summary>The last that was recorded of a group without members is that one left.</summary>
    public override ExpiryTerms Expiry => HasMembers ? new(ExpiryScope.Unsubscribed) : new(ExpiryScope.All, WrittenAt);

    // ---- Records

    public override void Apply(StateRecord record, in AppliedAt at)
    {
        _isExpected = false;
        switch (record.Key)
        {
            case ConsumerGroupMetadataKey:
                var epoch = (ConsumerGroupMetadataValue?)record.Value;
                (_hasEpoch, Epoch, MetadataHash) = (epoch is not null, epoch?.Epoch ?? 0, epoch?.MetadataHash ?? 0);
                break;
            case ConsumerGroupTargetAssignmentMetadataKey:
                var assignment = (ConsumerGroupTargetAssignmentMetadataValue?)record.Value;
                (_hasAssignment, AssignmentEpoch) = (assignment is not null, assignment?.AssignmentEpoch ?? 0);
                break;
            case ConsumerGroupRegularExpressionKey key:
                _topics = null;
                if (record.Value is ConsumerGroupRegularExpressionValue found) _patterns[key.RegularExpression] = new(found.Topics, found.Version, new(found.Timestamp));
                else _patterns.Remove(key.RegularExpression);
                break;
            case ConsumerGroupMemberMetadataKey key:
                SetSubscription(Member(key.MemberId), record.Value is ConsumerGroupMemberMetadataValue value ? ConsumerRecords.SubscriptionOf(value) : null);
                break;
            case ConsumerGroupTargetAssignmentMemberKey key:
                var targeted = Member(key.MemberId);
                targeted.Target = record.Value is ConsumerGroupTargetAssignmentMemberValue target ? ConsumerRecords.TargetOf(target) : null;
                Tidy(targeted);
                break;
            case ConsumerGroupCurrentMemberAssignmentKey key:
                SetState(Member(key.MemberId), record.Value is ConsumerGroupCurrentMemberAssignmentValue current ? ConsumerRecords.StateOf(current) : null);
                break;
        }
    }

    ConsumerMember Member(string id)
    {
        if (_members.TryGetValue(id, out var member)) return member;
        member = new ConsumerMember(id);
        _members.Add(id, member);
        return member;
    }

    void Tidy(ConsumerMember member)
    {
        if (member.IsGone) _members.Remove(member.Id);
    }

    void SetSubscription(ConsumerMember member, MemberSubscription? subscription)
    {
        _topics = null;
        var before = member.Subscription;
        if (before is null != subscription is null) MemberCount += subscription is null ? -1 : 1;
        // A static member's place may be another's by now.
        if (before?.InstanceId is { } left && _byInstance.TryGetValue(left, out var holder) && holder == member) _byInstance.Remove(left);
        member.Subscription = subscription = Sharing(subscription);
        if (subscription?.InstanceId is { } instance) _byInstance[instance] = member;
        Tidy(member);
    }

    /// <summary>Members of one program ask for the same topics as a rule, and come from few places: a thousand of them share the names.</summary>
    MemberSubscription? Sharing(MemberSubscription? subscription)
    {
        if (subscription is not null && _last is { } last)
        {
            if (last.Topics.SequenceEqual(subscription.Topics, StringComparer.Ordinal)) subscription = subscription with { Topics = last.Topics };
            if (last.Client == subscription.Client) subscription = subscription with { Client = last.Client };
        }
        _last = subscription ?? _last;
        return subscription;
    }

    void SetState(ConsumerMember member, MemberState? state)
    {
        // In a compacted log somebody may be given a partition before the one that had it is seen to give it up: what is another's by now stays another's.
        if (member.State is { } before)
            foreach (var partition in Held(before))
                if (_owners.TryGetValue(partition, out var owner) && owner == member) _owners.Remove(partition);
        // A member that has all that is meant for it has the same set.
        member.State = state is null ? null : state with { Assigned = state.Assigned.Sharing(member.Target) };
        if (state is not null)
            foreach (var partition in Held(state)) _owners[partition] = member;
        Tidy(member);
    }

    static IEnumerable<TopicIdPartition> Held(MemberState state) => state.Assigned.Partitions.Concat(state.PendingRevocation.Partitions);

    public override void WriteState(GroupRecords records)
    {
        if (_hasEpoch) ConsumerRecords.PutEpoch(records, Group.Name, Epoch, MetadataHash);
        foreach (var (pattern, topics) in _patterns.OrderBy(static pattern => pattern.Key, StringComparer.Ordinal))
            ConsumerRecords.Put(records, Group.Name, pattern, topics);
        foreach (var member in _members.Values.OrderBy(static member => member.Id, StringComparer.Ordinal))
        {
            if (member.Subscription is { } subscription) ConsumerRecords.Put(records, Group.Name, member.Id, subscription);
            if (member.Target is { } target) ConsumerRecords.PutTarget(records, Group.Name, member.Id, target);
            if (member.State is { } state) ConsumerRecords.Put(records, Group.Name, member.Id, state);
        }
        if (_hasAssignment) ConsumerRecords.PutAssignmentEpoch(records, Group.Name, AssignmentEpoch, WrittenAt);
    }

    public override void WriteRemoval(GroupRecords records)
    {
        foreach (var member in _members.Keys.Order(StringComparer.Ordinal)) ConsumerRecords.RemoveMember(records, Group.Name, member);
        foreach (var pattern in _patterns.Keys.Order(StringComparer.Ordinal)) ConsumerRecords.RemovePattern(records, Group.Name, pattern);
        ConsumerRecords.RemoveGroup(records, Group.Name);
    }

    // ---- Time

    public override void Resume(GroupTurn turn)
    {
        foreach (var member in Members) Timers.Resume(member, turn);
    }

    public override void TimerCame(GroupTimer timer, GroupTurn turn)
    {
        if (TryFind(timer.MemberId!, out var member) && Timers.IsOver(timer, member)) LeaveDecision.Remove(this, member, turn);
    }
}
