using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// Which offsets of a group are of no use any more (groups.md 7): what was not committed for the retention time, by a group that is not there, or of a topic
/// that no member
/// reads. A group that has been empty counts from then, or from a later commit. A group that has nothing left goes as well, unless a transaction will bring
/// offsets
/// (KAFKA-19163).
/// </summary>
internal static class ExpiryRule
{
    public static void Apply(Group group, GroupTurn turn)
    {
        var terms = group.Body?.Expiry ?? new ExpiryTerms(ExpiryScope.All);
        var expired = 0;
        if (terms.Scope != ExpiryScope.Nothing)
        {
            foreach (var topic in group.Offsets.Topics)
            {
                if (terms.Scope == ExpiryScope.Unsubscribed && group.Body!.IsSubscribedTo(topic.Name)) continue;
                foreach (ref readonly var offset in topic.All)
                {
                    if (!IsExpired(offset, terms, turn) || group.Offsets.IsPending(topic.Name, offset.Partition)) continue;
                    DeleteDecision.Remove(group.Name, topic.Name, offset.Partition, turn.Records);
                    expired++;
                }
            }
        }
        if (expired == group.Offsets.Count && !group.Offsets.HasPending && !group.HasMembers) group.Body?.WriteRemoval(turn.Records);
    }

    static bool IsExpired(in CommittedOffset offset, ExpiryTerms terms, GroupTurn turn)
    {
        var now = turn.Now.Wall;
        if (offset.ExpireTimestamp >= 0) return now.UnixMilliseconds >= offset.ExpireTimestamp;
        var committed = new Instant(offset.CommitTimestamp);
        var since = terms.BaseIsEmptySince is { } empty && empty > committed ? empty : committed;
        return now - since >= turn.Options.OffsetsRetention;
    }
}
