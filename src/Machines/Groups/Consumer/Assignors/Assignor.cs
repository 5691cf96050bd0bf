namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>
/// Says which partitions each member of a group shall have: every partition of every subscribed topic one of its subscribers, the same for the same input in
/// whatever order it is given.
/// </summary>
public abstract class Assignor
{
    /// <summary>As members ask for it (group.remote.assignor) and as the broker lists it (group.consumer.assignors).</summary>
    public abstract string Name { get; }

    /// <returns>For each member, in the order of the input, what it shall have.</returns>
    public abstract PartitionSet[] Assign(AssignorInput input);

    /// <summary>All that there are, by Kafka's names; the first is what a group gets whose members ask for none.</summary>
    public static IReadOnlyList<Assignor> All { get; } = [new UniformAssignor(), new RangeAssignor()];

    public static Assignor? Find(string name) => All.FirstOrDefault(assignor => assignor.Name == name);
}
