namespace Semel.Broker.Hosting;

/// <summary>The known name that somebody probably meant.</summary>
internal static class NearestName
{
    /// <returns>Null when none is near: more than a third of the letters would have to change.</returns>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        var nearest = known.Select(name => (Name: name, Distance: Distance(typed, name))).MinBy(candidate => candidate.Distance);
        return nearest.Distance <= Math.Max(1, typed.Length / 3) ? nearest.Name : null;
    }

    // Inserted, removed and replaced letters each count one; dots, dashes and underscores are one letter.
    static int Distance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)], current = new int[right.Length + 1];
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (Folded(left[i - 1]) == Folded(right[j - 1]) ? 0 : 1));
            (previous, current) = (current, previous);
        }
        return previous[right.Length];
    }

    static char Folded(char letter) => letter is '-' or '_' ? '.' : char.ToLowerInvariant(letter);
}
