namespace Semel.Protocol;

/// <summary>Finds what somebody probably meant: the known name with the fewest edits from the one that was typed. For messages about names that nobody knows. Thread-safe.</summary>
public static class NearestName
{
    /// <returns>The first of those that are equally near; null when nothing is near enough to be worth proposing.</returns>
    public static string? Find(string typed, IEnumerable<string> known)
    {
        string? best = null;
        var limit = Math.Max(1, typed.Length / 3);
        foreach (var name in known)
        {
            var distance = Distance(Folded(typed), Folded(name));
            // A beginning is near whatever its length: "--part" means "--partition".
            if (distance > limit && typed.Length >= 3 && name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)) distance = limit;
            if (distance > limit || (best is not null && distance == limit)) continue;
            best = name;
            limit = distance;
            if (distance == 0) break;
        }
        return best;
    }

    /// <summary>"Did you mean X?", or null when nothing is near: to be put behind a message.</summary>
    public static string? Question(string typed, IEnumerable<string> known) => Find(typed, known) is { } name ? $"Did you mean {name}?" : null;

    // Case, dots, dashes and underscores are what people mix up most: they cost nothing.
    static string Folded(string name) => name.ToLowerInvariant().Replace('_', '.').Replace('-', '.').TrimStart('.');

    /// <summary>Inserted, removed, replaced and swapped neighbouring characters each count one.</summary>
    static int Distance(string left, string right)
    {
        int[] twoBack = [], previous = [.. Enumerable.Range(0, right.Length + 1)];
        for (var i = 1; i <= left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = left[i - 1] == right[j - 1];
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) current[j] = Math.Min(current[j], twoBack[j - 2] + 1);
            }
            (twoBack, previous) = (previous, current);
        }
        return previous[right.Length];
    }
}
