namespace Semel.Client.Grouping.Membership;

/// <summary>What a member has to know of a topic: which incarnation it is, and how many partitions it has.</summary>
internal readonly record struct TopicFacts(string Name, TopicId Id, int Partitions);

/// <summary>Which topics a member has to know of.</summary>
/// <param name="All">All topics there are, for regular expressions.</param>
/// <param name="Ids">Topics that a coordinator has assigned and whose names nobody has told yet.</param>
internal sealed record TopicWish(bool All, IReadOnlyCollection<string> Names, IReadOnlyCollection<TopicId> Ids)
{
    public static readonly TopicWish Nothing = new(false, [], []);

    public bool Covers(TopicWish other) =>
        (All || !other.All) && (All || other.Names.All(name => Names.Contains(name))) && other.Ids.All(id => Ids.Contains(id));
}

/// <summary>The topics as one answer told them. What was asked for by name and is not here does not exist. Immutable.</summary>
internal sealed class TopicPicture
{
    public static readonly TopicPicture Empty = new(TopicWish.Nothing, []);

    readonly Dictionary<string, TopicFacts> _byName;
    readonly Dictionary<TopicId, TopicFacts> _byId;

    public TopicPicture(TopicWish asked, IEnumerable<TopicFacts> topics)
    {
        Asked = asked;
        _byName = topics.ToDictionary(static topic => topic.Name, StringComparer.Ordinal);
        _byId = _byName.Values.Where(static topic => !topic.Id.IsNone).DistinctBy(static topic => topic.Id).ToDictionary(static topic => topic.Id);
    }

    public TopicWish Asked { get; }
    public IEnumerable<string> Names => _byName.Keys;

    public TopicFacts? Find(string name) => _byName.TryGetValue(name, out var found) ? found : null;
    public TopicFacts? Find(TopicId id) => _byId.TryGetValue(id, out var found) ? found : null;

    /// <summary>Whether it is known of each name whether there is such a topic.</summary>
    public bool Covers(IEnumerable<string> names) => Asked.All || names.All(name => Asked.Names.Contains(name));
}
