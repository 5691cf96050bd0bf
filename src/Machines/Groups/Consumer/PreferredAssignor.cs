using Semel.Machines.Groups.Consumer.Assignors;

namespace Semel.Machines.Groups.Consumer;

/// <summary>The assignor that most members want; when none is wanted by more than any other, the broker's first.</summary>
internal static class PreferredAssignor
{
    public static Assignor Of(IEnumerable<string?> votes, GroupOptions options) => Assignor.Find(NameOf(votes, options)) ?? Assignor.All[0];

    public static string NameOf(IEnumerable<string?> votes, GroupOptions options)
    {
        var most = votes.Where(static vote => vote is not null).GroupBy(static vote => vote).Select(static vote => (vote.Key, Count: vote.Count()))
            .OrderByDescending(static vote => vote.Count).Take(2).ToArray();
        var isClear = most.Length == 1 || (most.Length == 2 && most[0].Count > most[1].Count);
        return isClear ? most[0].Key! : options.ConsumerAssignors[0];
    }
}
