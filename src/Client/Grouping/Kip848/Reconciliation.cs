using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping.Kip848;

/// <summary>
/// From what is ours to what is to be ours, one step at a time (C-19): what is to go is given back through the owner, the coordinator is told, and only then is
/// anything taken in. A newer target replaces the one that is pending after the step that runs. Topics whose names are not known yet hold up nothing else.
/// </summary>
internal sealed class Reconciliation(MemberTurn turn)
{
    IReadOnlyList<AssignedTopic>? _target;

    MemberState State => turn.State;

    public void Take(IReadOnlyList<AssignedTopic> target) => _target = target;

    public void Forget() => _target = null;

    /// <summary>Topics of the target of which only the id is known.</summary>
    public IReadOnlyCollection<TopicId> Nameless() => _target is null ? [] : [.. _target.Select(static topic => topic.Id).Where(id => State.Topics.Find(id) is null).Order(IdOrder)];

    static readonly Comparer<TopicId> IdOrder = Comparer<TopicId>.Create(static (left, right) => left.Value.CompareTo(right.Value));

    /// <summary>Whether something that is ours is to be somebody else's.</summary>
    public bool HasToGiveBack => _target is not null && Gone(Target()).Length > 0;

    HashSet<(TopicId Id, int Partition)> Target() => _target!.SelectMany(static topic => topic.Partitions.Select(partition => (topic.Id, partition))).ToHashSet();

    AssignedPartition[] Gone(HashSet<(TopicId Id, int Partition)> target) =>
        [.. State.Ownership.Owned.Where(one => !target.Contains((one.Value.Id, one.Key.Partition))).Select(static one => new AssignedPartition(one.Value.Id, one.Key))];

    public void Apply(HeartbeatContent content)
    {
        var ownership = State.Ownership;
        if (_target is null || !ownership.IsIdle || State.Phase != MemberPhase.Taking) return;
        var target = Target();
        var gone = Gone(target);
        if (gone.Length > 0)
        {
            ownership.Enqueue(OwnerCallKind.Revoked, gone);
            return;
        }
        if (!content.HasSaidOwned) return;
        ownership.Enqueue(OwnerCallKind.Assigned, Additions(target));
    }

    AssignedPartition[] Additions(HashSet<(TopicId Id, int Partition)> target) =>
    [
        .. target.Select(one => (one.Id, State.Topics.Find(one.Id)?.Name, one.Partition)).Where(static one => one.Name is not null)
            .Select(static one => new AssignedPartition(one.Id, new TopicPartition(one.Name!, one.Partition)))
            .Where(one => !State.Ownership.Owned.ContainsKey(one.Partition)).OrderBy(static one => one.Partition, PartitionOrder.ByName),
    ];
}
