namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>Members get as equally many partitions, all topics together, as their subscriptions allow; as few as possible change hands for it.</summary>
public sealed class UniformAssignor : Assignor
{
    public override string Name => "uniform";

    public override PartitionSet[] Assign(AssignorInput input)
    {
        if (input.Members.Count == 0) return [];
        var order = Enumerable.Range(0, input.Members.Count).ToArray();
        Array.Sort(order, (left, right) => string.CompareOrdinal(input.Members[left].MemberId, input.Members[right].MemberId));
        var members = Array.ConvertAll(order, index => input.Members[index]);
        var inOrder = input.IsHomogeneous() ? EqualSubscriptions.Assign(members, input.PartitionCounts) : MixedSubscriptions.Assign(members, input.PartitionCounts);
        var assigned = new PartitionSet[order.Length];
        for (var index = 0; index < order.Length; index++) assigned[order[index]] = inOrder[index];
        return assigned;
    }
}
