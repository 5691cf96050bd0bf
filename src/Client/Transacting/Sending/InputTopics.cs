using System.Collections.Concurrent;
using Semel.Client.Metadata;
using Semel.Client.Producing;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// The topics whose offsets are committed with transactions: asked for without creating any, and remembered by their ids. One that is another topic than before, or gone, keeps
/// its offsets from being taken over by a topic of the same name, whose records would be skipped. Where a coordinator is told topics by name only, what is known of them is asked
/// for anew each time. Thread safe.
/// </summary>
/// <param name="isNamedById">Whether the coordinators of groups are told the ids.</param>
internal sealed class InputTopics(MetadataCache metadata, Func<bool> isNamedById)
{
    readonly ConcurrentDictionary<string, TopicId> _known = new(StringComparer.Ordinal);

    /// <returns>The offsets with the ids of their topics; or why they cannot be committed.</returns>
    /// <exception cref="Connections.BrokerConnectionException">No broker told of a topic.</exception>
    public async ValueTask<(IReadOnlyList<OffsetToSend> Offsets, TransactionFailure? Failure)> IdentifyAsync(
        IReadOnlyCollection<TopicPartitionOffset> offsets, string groupId, CancellationToken cancellation)
    {
        var named = new List<OffsetToSend>(offsets.Count);
        var topics = offsets.GroupBy(static offset => offset.Topic, StringComparer.Ordinal).ToArray();
        if (!isNamedById() && Array.Exists(topics, topic => metadata.Find(topic.Key) is not null)) await metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        foreach (var topic in topics)
        {
            var (id, failure) = await IdentifyAsync(topic.Key, topic.Max(static offset => offset.Partition), groupId, cancellation).ConfigureAwait(false);
            if (failure is not null) return ([], failure);
            named.AddRange(topic.Select(offset => new OffsetToSend(offset.TopicPartition, offset.Offset, id)));
        }
        return (named, null);
    }

    async ValueTask<(TopicId Id, TransactionFailure? Failure)> IdentifyAsync(string topic, int lastPartition, string groupId, CancellationToken cancellation)
    {
        var found = await metadata.GetAsync(topic, allowAutoCreate: false, cancellation).ConfigureAwait(false);
        // It may have got more partitions since.
        if (found.Error == ErrorCode.None && found.Find(lastPartition) is null)
            found = (await metadata.RefreshAsync(cancellation).ConfigureAwait(false)).Find(topic) ?? found;
        if (found.Error != ErrorCode.None)
            return (default, TransactionTexts.Abortable(found.Error, $"offsets of group '{groupId}' were given for topic {topic}, and the cluster says {found.Error} of it"));
        if (found.Find(lastPartition) is null)
            return (default, TransactionTexts.Abortable(ErrorCode.UnknownTopicOrPartition,
                $"an offset of group '{groupId}' was given for {new TopicPartition(topic, lastPartition)}, and topic {topic} has partitions 0 to {found.Partitions.Count - 1}"));
        var known = _known.GetOrAdd(topic, found.TopicId);
        if (known == found.TopicId || found.TopicId.IsNone || known.IsNone) return (found.TopicId, null);
        _known[topic] = found.TopicId;
        return (default, TransactionTexts.Abortable(ErrorCode.UnknownTopicId,
            $"topic {topic}, whose offsets of group '{groupId}' were given, was deleted and made again: an offset of the old topic would skip that many records of the new one"));
    }
}
