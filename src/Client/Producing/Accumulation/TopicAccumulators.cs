using System.Collections.Concurrent;
using Semel.Client.Metadata;

namespace Semel.Client.Producing.Accumulation;

/// <summary>The topics for which records were brought, by name. Thread safe.</summary>
/// <param name="beforeNew">Called before a topic is added that was not there; when it throws, none is.</param>
internal sealed class TopicAccumulators(MemoryBudget memory, Generations generations, Batches batches, IPartitioner? custom, Action beforeNew)
{
    readonly ConcurrentDictionary<string, TopicAccumulator> _topics = new(StringComparer.Ordinal);
    // Most producers write to one topic: it is found without a hash of its name.
    TopicAccumulator? _last;

    public ICollection<TopicAccumulator> All => _topics.Values;
    public IEnumerable<PartitionAccumulator> Partitions => All.SelectMany(static topic => topic.Partitions);

    public TopicAccumulator Get(string name)
    {
        var last = _last;
        if (last is not null && (ReferenceEquals(last.Name, name) || last.Name == name)) return last;
        if (!_topics.TryGetValue(name, out var topic))
        {
            beforeNew();
            topic = _topics.GetOrAdd(name, Make);
        }
        return _last = topic;
    }

    TopicAccumulator Make(string name) => new(name, memory, generations, batches, custom);

    public IReadOnlyList<PartitionAccumulator> PartitionsOf(string topic) => _topics.TryGetValue(topic, out var known) ? known.Partitions : [];

    public void Update(MetadataView view)
    {
        foreach (var topic in All)
            if (view.Find(topic.Name) is { } metadata) topic.Update(metadata);
    }
}
