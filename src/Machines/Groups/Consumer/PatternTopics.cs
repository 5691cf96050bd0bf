using Semel.Machines.Catalog;
using Semel.Machines.Groups.Consumer.Patterns;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>The topics that a regular expression stands for in a group, as of some catalog. Immutable.</summary>
/// <param name="Topics">Names, sorted by code unit.</param>
/// <param name="CatalogOffset">The end of the catalog's log that they were sought in.</param>
internal sealed record PatternTopics(IReadOnlyList<string> Topics, long CatalogOffset, Instant At)
{
    /// <summary>How much work it may take to find them, in steps of some nanoseconds: with ten thousand topics two thousand for each.</summary>
    const long MostSteps = 20_000_000;

    /// <summary>Seeks among all topics.</summary>
    /// <param name="refusal">Why the expression cannot be used.</param>
    public static PatternTopics? Seek(string pattern, CatalogView catalog, Instant now, out string? refusal)
    {
        if (!TopicPattern.TryParse(pattern, out var parsed, out refusal)) return null;
        if (parsed.Matching(catalog.Topics.Select(static topic => topic.Name), MostSteps) is { } topics) return new(topics, catalog.EndOffset, now);
        refusal = $"'{pattern}' takes too much work for the {catalog.TopicCount} topics that there are: write it so that less of it can match at the same time";
        return null;
    }

    /// <summary>The catalog has changed: topics that are gone are left out, and only new ones are tried.</summary>
    /// <param name="known">The catalog in which they were sought before; null when it is not known any more.</param>
    public PatternTopics SeekAgain(string pattern, CatalogView catalog, CatalogView? known, Instant now)
    {
        if (!TopicPattern.TryParse(pattern, out var parsed, out _)) return this with { CatalogOffset = catalog.EndOffset };
        var candidates = known is null ? catalog.Topics : catalog.Topics.Where(topic => !known.TryFind(topic.Name, out _));
        var topics = new SortedSet<string>(parsed.Matching(candidates.Select(static topic => topic.Name))!, StringComparer.Ordinal);
        if (known is not null) topics.UnionWith(Topics.Where(name => catalog.TryFind(name, out _)));
        return topics.SetEquals(Topics) ? this : new([.. topics], catalog.EndOffset, now);
    }
}
