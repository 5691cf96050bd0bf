using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Groups.Admin;

/// <summary>What administrators ask: lists, descriptions, deletion (groups.md 6.3).</summary>
internal static class AdminDecision
{
    const string Classic = "classic", Empty = "Empty", Stable = "Stable";

    public static ListedGroups Decide(ListGroups command, GroupTable groups) =>
        new([.. groups.Sorted.Select(Row).Where(row => Matches(command.States, row.State) && Matches(command.Types, row.Type))]);

    static ListedGroup Row(Group group) => group.Body is { } body
        ? new(group.Name, body.ProtocolType, body.StateName, body.TypeName)
        : new(group.Name, "", Empty, Classic);

    static bool Matches(IReadOnlyList<string> filter, string name) => filter.Count == 0 || filter.Contains(name, StringComparer.OrdinalIgnoreCase);

    public static DescribedGroup Decide(Group? group)
    {
        if (group is { Body: null }) return new(ErrorCode.None) { State = Empty };
        if (group?.Body is not ClassicGroup classic)
            return new(ErrorCode.GroupIdNotFound) { Message = group is null ? "there is no such group" : "it is not a classic group" };
        var isStable = classic.Phase == ClassicPhase.Stable;
        return new(ErrorCode.None)
        {
            State = classic.StateName,
            ProtocolType = classic.ProtocolType,
            Protocol = isStable ? classic.Protocol ?? "" : "",
            Members = [.. classic.Members.All.OrderBy(static member => member.Id, StringComparer.Ordinal).Select(member =>
                new DescribedMember(member.Id, member.InstanceId, member.Client, isStable ? member.MetadataOf(classic.Protocol) : [], member.Assignment))],
        };
    }

    /// <summary>
    /// A group with members stays, and one into which an open transaction will bring offsets (R-DG): else the transaction would commit without them, and what
    /// it has done
    /// would be done again.
    /// </summary>
    public static GroupReply Delete(Group? group, GroupRecords records, PlantedFault fault)
    {
        if (group is null) return new(ErrorCode.GroupIdNotFound);
        if (group.HasMembers) return new(ErrorCode.NonEmptyGroup);
        if (group.Offsets.HasPending && fault != PlantedFault.GroupDeletedUnderTransaction)
            return new(ErrorCode.NonEmptyGroup) { Message = "a transaction that is open will commit offsets into the group: end it first" };
        DeleteDecision.RemoveAll(group, records);
        group.Body?.WriteRemoval(records);
        return GroupReply.Done;
    }
}
