namespace Semel.Machines.Groups.Classic;

/// <summary>
/// Which protocol a generation has: each member votes for the first of its own that everybody knows. With equal votes the name decides, so that it is always
/// the same one.
/// </summary>
internal static class ProtocolVote
{
    public static string? Of(ClassicMembers members)
    {
        var votes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in members.All)
        {
            foreach (var protocol in member.Protocols)
            {
                if (!members.IsCommon(protocol.Name)) continue;
                votes[protocol.Name] = votes.GetValueOrDefault(protocol.Name) + 1;
                break;
            }
        }
        string? chosen = null;
        var most = 0;
        foreach (var (name, count) in votes)
            if (count > most || count == most && string.CompareOrdinal(name, chosen) < 0) (chosen, most) = (name, count);
        return chosen;
    }
}
