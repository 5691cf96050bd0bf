using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>A member as an assignor sees it.</summary>
/// <param name="InstanceId">Of a static member.</param>
/// <param name="Topics">What it subscribes to and what exists, in ascending order of the ids, each once.</param>
/// <param name="Target">What was meant for it by the last assignment; may hold what is no longer there or subscribed.</param>
public sealed record AssignorMember(string MemberId, string? InstanceId, IReadOnlyList<TopicId> Topics, PartitionSet Target);

/// <summary>What an assignor decides from.</summary>
/// <param name="PartitionCounts">How many partitions each subscribed topic has.</param>
public sealed record AssignorInput(IReadOnlyList<AssignorMember> Members, IReadOnlyDictionary<TopicId, int> PartitionCounts)
{
    /// <summary>All members subscribe to the same topics.</summary>
    internal bool IsHomogeneous()
    {
        for (var index = 1; index < Members.Count; index++)
            if (!ReferenceEquals(Members[index].Topics, Members[0].Topics) && !Members[index].Topics.SequenceEqual(Members[0].Topics)) return false;
        return true;
    }
}
