using Semel.Client.Connections;
using Semel.Protocol.Messages;

namespace Semel.Client.Grouping.Offsets;

/// <summary>OffsetCommit and OffsetFetch in this client's words: by topic id where the broker takes ids and all of them are known, else by name.</summary>
internal static class OffsetsExchange
{
    /// <summary>From the next version on topics go by id.</summary>
    const short LastCommitByName = 9, LastFetchByName = 9;

    const short FirstStableFetch = 7, FirstFetchOfGroups = 8, FirstMemberFetch = 9;

    /// <param name="ids">Of each topic its id; none where it is not known.</param>
    /// <exception cref="BrokerConnectionException">There is no answer.</exception>
    public static async Task<Dictionary<TopicPartition, ErrorCode>> CommitAsync(BrokerConnection coordinator, ConsumerGroupMetadata committer, IReadOnlyCollection<OffsetToCommit> offsets,
        IReadOnlyDictionary<string, TopicId> ids, TimeSpan timeout, CancellationToken cancellation)
    {
        var highest = Highest(ids, LastCommitByName);
        if (coordinator.BestVersion<OffsetCommitRequest, OffsetCommitResponse>(highest) is not { } version)
            return offsets.ToDictionary(static offset => offset.Partition, static _ => ErrorCode.UnsupportedVersion);
        var request = new OffsetCommitRequest
        {
            GroupId = new(committer.GroupId),
            GenerationIdOrMemberEpoch = committer.GenerationId,
            MemberId = committer.MemberId,
            GroupInstanceId = version >= 7 ? committer.GroupInstanceId : null,
            Topics = [.. offsets.GroupBy(static offset => offset.Partition.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                TopicId = ids[topic.Key],
                Partitions = [.. topic.Select(static offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = offset.Partition.Partition, CommittedOffset = offset.Offset, CommittedLeaderEpoch = offset.LeaderEpoch, CommittedMetadata = offset.Metadata ?? "",
                })],
            })],
        };
        var response = await coordinator.SendAsync<OffsetCommitRequest, OffsetCommitResponse>(request, version, timeout, cancellation).ConfigureAwait(false);
        var names = version > LastCommitByName ? Names(ids) : null;
        var answers = new Dictionary<TopicPartition, ErrorCode>();
        foreach (var topic in response.Topics)
            if (Name(topic.Name, topic.TopicId, names) is { } name)
                foreach (var partition in topic.Partitions) answers[new TopicPartition(name, partition.PartitionIndex)] = partition.ErrorCode;
        return answers;
    }

    /// <summary>What a coordinator says of a partition: an error, an offset, or that there is none (null without an error).</summary>
    public readonly record struct Told(ErrorCode Error, StoredOffset? Offset);

    /// <summary>Always for stable offsets: one that a transaction is about to change is not told but refused with UNSTABLE_OFFSET_COMMIT (KIP-447).</summary>
    /// <param name="member">A member of a KIP-848 group, so that one that is none any more is refused; null for others.</param>
    /// <inheritdoc cref="CommitAsync" path="/param"/>
    /// <inheritdoc cref="CommitAsync" path="/exception"/>
    /// <returns>What was told; a partition that is not here was left out.</returns>
    public static async Task<Dictionary<TopicPartition, Told>> FetchAsync(BrokerConnection coordinator, string groupId, ConsumerGroupMetadata? member, IReadOnlyCollection<TopicPartition> partitions,
        IReadOnlyDictionary<string, TopicId> ids, TimeSpan timeout, CancellationToken cancellation)
    {
        if (coordinator.BestVersion<OffsetFetchRequest, OffsetFetchResponse>(Highest(ids, LastFetchByName)) is not { } version)
            return partitions.ToDictionary(static partition => partition, static _ => new Told(ErrorCode.UnsupportedVersion, null));
        var topics = partitions.GroupBy(static partition => partition.Topic, static partition => partition.Partition).ToArray();
        var request = version >= FirstFetchOfGroups
            ? new OffsetFetchRequest
            {
                RequireStable = true,
                Groups =
                [
                    new()
                    {
                        GroupId = new(groupId), MemberId = version >= FirstMemberFetch ? member?.MemberId : null, MemberEpoch = version >= FirstMemberFetch ? member?.GenerationId ?? -1 : -1,
                        Topics = [.. topics.Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopics { Name = topic.Key, TopicId = ids[topic.Key], PartitionIndexes = [.. topic] })],
                    },
                ],
            }
            : new OffsetFetchRequest
            {
                GroupId = new(groupId), RequireStable = version >= FirstStableFetch,
                Topics = [.. topics.Select(static topic => new OffsetFetchRequest.OffsetFetchRequestTopic { Name = topic.Key, PartitionIndexes = [.. topic] })],
            };
        var response = await coordinator.SendAsync<OffsetFetchRequest, OffsetFetchResponse>(request, version, timeout, cancellation).ConfigureAwait(false);
        return version >= FirstFetchOfGroups ? Read(response, groupId, partitions, version > LastFetchByName ? Names(ids) : null) : Read(response, partitions);
    }

    static Dictionary<TopicPartition, Told> Read(OffsetFetchResponse response, string groupId, IReadOnlyCollection<TopicPartition> partitions, Dictionary<TopicId, string>? names)
    {
        if (response.Groups.Find(group => group.GroupId.Value == groupId) is not { } told) return [];
        if (told.ErrorCode != ErrorCode.None) return OfAll(partitions, told.ErrorCode);
        var answers = new Dictionary<TopicPartition, Told>();
        foreach (var topic in told.Topics)
            if (Name(topic.Name, topic.TopicId, names) is { } name)
                foreach (var one in topic.Partitions) answers[new TopicPartition(name, one.PartitionIndex)] = Of(one.ErrorCode, one.CommittedOffset, one.CommittedLeaderEpoch, one.Metadata);
        return answers;
    }

    static Dictionary<TopicPartition, Told> Read(OffsetFetchResponse response, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (response.ErrorCode != ErrorCode.None) return OfAll(partitions, response.ErrorCode);
        var answers = new Dictionary<TopicPartition, Told>();
        foreach (var topic in response.Topics)
            foreach (var one in topic.Partitions) answers[new TopicPartition(topic.Name, one.PartitionIndex)] = Of(one.ErrorCode, one.CommittedOffset, one.CommittedLeaderEpoch, one.Metadata);
        return answers;
    }

    static Told Of(ErrorCode error, long offset, int leaderEpoch, string? metadata) => new(error, error == ErrorCode.None && offset >= 0 ? new StoredOffset(offset, leaderEpoch, metadata) : null);

    static Dictionary<TopicPartition, Told> OfAll(IReadOnlyCollection<TopicPartition> partitions, ErrorCode error) => partitions.ToDictionary(static partition => partition, _ => new Told(error, null));

    static short Highest(IReadOnlyDictionary<string, TopicId> ids, short byName) => ids.Values.Any(static id => id.IsNone) ? byName : short.MaxValue;

    static Dictionary<TopicId, string> Names(IReadOnlyDictionary<string, TopicId> ids) => ids.ToDictionary(static one => one.Value, static one => one.Key);

    static string? Name(string name, TopicId id, Dictionary<TopicId, string>? names) => names is null ? name : names.GetValueOrDefault(id);
}
