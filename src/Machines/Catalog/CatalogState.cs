using System.Collections.Immutable;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Catalog;

/// <summary>The catalog's recorded state: topics and the next producer id. It applies what is in the log and judges nothing.</summary>
internal sealed class CatalogState
{
    // Builders of what views share: a change copies the way to what is changed, and only when a view was taken since.
    readonly ImmutableSortedDictionary<string, CatalogTopic>.Builder _byName = ImmutableSortedDictionary.CreateBuilder<string, CatalogTopic>(StringComparer.Ordinal);
    readonly ImmutableDictionary<TopicId, CatalogTopic>.Builder _byId = ImmutableDictionary.CreateBuilder<TopicId, CatalogTopic>();
    readonly Dictionary<string, string> _nameOfCollisionKey = new(StringComparer.Ordinal);

    /// <summary>The next offset of the catalog's log.</summary>
    public long EndOffset { get; set; }
    /// <summary>Null until the cluster was named.</summary>
    public string? ClusterId { get; private set; }
    /// <summary>None until the first ids were reserved.</summary>
    public ProducerId FirstProducerId { get; private set; } = ProducerId.None;
    /// <summary>0 until then.</summary>
    public ProducerId NextProducerId { get; private set; } = new(0);
    /// <summary>Of all topics together.</summary>
    public int PartitionCount { get; private set; }

    public CatalogTopic? Find(string name) => _byName.TryGetValue(name, out var topic) ? topic : null;
    public CatalogTopic? Find(TopicId topicId) => _byId.TryGetValue(topicId, out var topic) ? topic : null;

    /// <summary>The topic whose name cannot be told from this one in the names of metrics; null when there is none.</summary>
    public string? Collision(string name) => _nameOfCollisionKey.GetValueOrDefault(TopicName.CollisionKey(name));

    public CatalogView View() => new(_byName.ToImmutable(), _byId.ToImmutable())
    {
        EndOffset = EndOffset,
        ClusterId = ClusterId,
        PartitionCount = PartitionCount,
        FirstProducerId = FirstProducerId,
        NextProducerId = NextProducerId,
    };

    public void Apply(TopicRecord record, IReadOnlyDictionary<string, string> brokerDefaults) =>
        Put(new CatalogTopic(record.Name, record.TopicId, record.PartitionCount, new TopicConfig(new Dictionary<string, string>(), brokerDefaults))
        {
            HasLogs = !record.NextProducerId.IsNone,
            IsInternal = record.IsInternal,
            // The first version does not say who came later; those for whom no id was reserved yet certainly did.
            ProducersSince = record.NextProducerId.IsNone ? NextProducerId : record.NextProducerId,
        });

    public void Apply(TopicConfigRecord record, IReadOnlyDictionary<string, string> brokerDefaults)
    {
        var topic = Known(record.TopicId);
        var overrides = new Dictionary<string, string>(topic.Config.Overrides, StringComparer.Ordinal);
        if (record.Value is null) overrides.Remove(record.Name);
        else overrides[record.Name] = record.Value;
        Put(topic with { Config = new TopicConfig(overrides, brokerDefaults) });
    }

    public void Apply(RemoveTopicRecord record)
    {
        var topic = Known(record.TopicId);
        _byId.Remove(topic.TopicId);
        _byName.Remove(topic.Name);
        _nameOfCollisionKey.Remove(TopicName.CollisionKey(topic.Name));
        PartitionCount -= topic.PartitionCount;
    }

    public void Apply(ClusterIdRecord record) => RestoreClusterId(record.ClusterId);

    public void RestoreClusterId(string clusterId)
    {
        Invariant.Check(ClusterId is null, "a cluster is named once");
        ClusterId = clusterId;
    }

    public void Apply(ProducerIdsRecord record) => RestoreProducerIds(record.FirstProducerId, record.NextProducerId);

    public void RestoreProducerIds(ProducerId first, ProducerId next)
    {
        Invariant.Check(next.CompareTo(NextProducerId) >= 0, "producer ids are handed out in rising order");
        (FirstProducerId, NextProducerId) = (first, next);
    }

    CatalogTopic Known(TopicId topicId)
    {
        var topic = Find(topicId);
        Invariant.Check(topic is not null, "a fact about a topic follows the fact that it was created");
        return topic!;
    }

    /// <summary>Adds the topic, or replaces the same incarnation of it.</summary>
    public void Put(CatalogTopic topic)
    {
        var before = Find(topic.TopicId);
        Invariant.Check(before is null || before.Name == topic.Name, "a topic id belongs to one name");
        Invariant.Check(before is not null || Find(topic.Name) is null, "a name belongs to one topic at a time");
        _byId[topic.TopicId] = topic;
        _byName[topic.Name] = topic;
        _nameOfCollisionKey[TopicName.CollisionKey(topic.Name)] = topic.Name;
        PartitionCount += topic.PartitionCount - (before?.PartitionCount ?? 0);
    }
}
