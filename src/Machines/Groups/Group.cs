using Semel.Machines.Groups.Offsets;

namespace Semel.Machines.Groups;

/// <summary>One group: its committed offsets, and who is in it. Used by one turn at a time.</summary>
internal sealed class Group(string name)
{
    public string Name { get; } = name;

    public GroupOffsets Offsets { get; } = new();

    /// <summary>
    /// Who is in the group, by one of two protocols. Null: it has offsets and nothing else, as of users who assign partitions themselves ("simple").
    /// </summary>
    public GroupBody? Body { get; set; }

    public bool HasMembers => Body is { HasMembers: true };

    /// <summary>Nothing is left that would have to be remembered.</summary>
    public bool IsBare => Offsets.IsEmpty && Body is null or { IsBare: true } && !Offsets.HasPending;
}
