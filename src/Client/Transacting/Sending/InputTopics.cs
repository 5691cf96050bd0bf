using System.Collections.Concurrent;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Client.Producing;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// The topics whose offsets are committed with transactions: asked for without creating any, and remembered by their ids. One that is another topic than
/// before, or gone, keeps its offsets from being taken over by a topic of the same name, whose records would be skipped. Where a coordinator is told topics
/// by name only, what is known of them is asked for anew each time. Thread safe.
/// </summary>
/// <param name="isNamedById">Whether the coordinators of groups are told the ids.</param>
internal sealed class InputTopics(ClusterConnections connections, Func<bool> isNamedById)
{
    readonly MetadataCache _metadata = connections.Metadata;
    readonly ConcurrentDictionary<string, TopicId> _known = new(StringComparer.Ordinal);

    /// <summary>Asks until a broker answers, or the time is over.</summary>
    /// <returns>The offsets with the ids of their topics; or why they cannot be committed.</returns>
    public async Task<(IReadOnlyList<OffsetToSend> Offsets, TransactionFailure? Failure)> IdentifyAsync(
        IReadOnlyCollection<TopicPartitionOffset> offsets, string groupId, TimeSpan timeout, CancellationToken cancellation)
    {
        var time = connections.Options.TimeProvider;
        var begunAt = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            string last;
            try
            {
                return await IdentifyAsync(offsets, groupId, cancellation).AsTask().WaitAsync(Left(), time, cancellation).ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is BrokerConnectionException or TimeoutException)
            {
                last = lost.Message;
            }
            var pause = connections.Options.Retrying.After(attempt);
            if (pause >= Left())
                return ([], TransactionTexts.Abortable(LocalErrorCode.ConnectionLost,
                    $"no broker told of the topics whose offsets of group '{groupId}' were given: {last}"));
            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
        }

        TimeSpan Left() => timeout - time.GetElapsedTime(begunAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    async ValueTask<(IReadOnlyList<OffsetToSend> Offsets, TransactionFailure? Failure)> IdentifyAsync(
        IReadOnlyCollection<TopicPartitionOffset> offsets, string groupId, CancellationToken cancellation)
    {
        var named = new List<OffsetToSend>(offsets.Count);
        var topics = offsets.GroupBy(static offset => offset.Topic, StringComparer.Ordinal).ToArray();
        if (!isNamedById() && Array.Exists(topics, topic =>
            _metadata.Find(topic.Key) is not null)) await _metadata.RefreshAsync(cancellation).ConfigureAwait(false);
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
        var found = await _metadata.GetAsync(topic, allowAutoCreate: false, cancellation).ConfigureAwait(false);
        // It may have got more partitions since.
        if (found.Error == ErrorCode.None && found.Find(lastPartition) is null)
            found = (await _metadata.RefreshAsync(cancellation).ConfigureAwait(false)).Find(topic) ?? found;
        if (found.Error != ErrorCode.None)
            return (default, TransactionTexts.Abortable(found.Error,
                $"offsets of group '{groupId}' were given for topic {topic}, and the cluster says {found.Error} of it"));
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
