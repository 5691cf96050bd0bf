using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>Reads what is committed for witnesses, once no transaction has it pending any more (KIP-447). Thread safe.</summary>
internal sealed class WitnessReader(ClusterConnections connections)
{
    /// <summary>The first version that can be asked for stable offsets only, and the last one that names topics.</summary>
    const short FirstStable = 7, FirstOfGroups = 8, LastWithNames = 9;

    readonly CoordinatorLookup _lookup = new(connections);

    /// <returns>One for each witness, in their order.</returns>
    /// <exception cref="KafkaException">They cannot be read in time.</exception>
    public async Task<IReadOnlyList<WitnessFound>> ReadAsync(IReadOnlyList<Witness> witnesses, TimeSpan timeout, CancellationToken cancellation)
    {
        var found = new Dictionary<(string, TopicPartition), WitnessFound>();
        var call = new BoundedCall(connections, timeout, cancellation);
        foreach (var group in witnesses.GroupBy(static witness => witness.GroupId, StringComparer.Ordinal))
            await ReadGroupAsync(group.Key, [.. group.Select(static witness => witness.Partition)], call, found).ConfigureAwait(false);
        return [.. witnesses.Select(witness => found[(witness.GroupId, witness.Partition)])];
    }

    async Task ReadGroupAsync(string group, TopicPartition[] partitions, BoundedCall call, Dictionary<(string, TopicPartition), WitnessFound> found)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = await TryReadAsync(group, partitions, call, found).ConfigureAwait(false);
            if (last is null) return;
            if (!await call.TryPauseAsync(connections.Options.Retrying.After(attempt)).ConfigureAwait(false))
                throw new KafkaException(new Error(ErrorCode.CoordinatorNotAvailable,
                    $"the offsets of group '{group}' that tell how the transaction ended cannot be read: {last}. It is not known yet. Call ResolveAsync again."), ErrorClass.Retriable);
        }
    }

    /// <returns>Null when all are read; otherwise what stood in the way, which may pass.</returns>
    async Task<string?> TryReadAsync(string group, TopicPartition[] partitions, BoundedCall call, Dictionary<(string, TopicPartition), WitnessFound> found)
    {
        try
        {
            var connection = await _lookup.FindAsync(CoordinatorKind.Group, group, call).ConfigureAwait(false);
            var version = CoordinatorClient.Version<OffsetFetchRequest, OffsetFetchResponse>(connection, FirstStable, LastWithNames);
            var response = await connection.SendAsync<OffsetFetchRequest, OffsetFetchResponse>(Request(group, partitions, version), version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
            return Take(group, partitions, response, version, found);
        }
        catch (BrokerConnectionException lost)
        {
            return lost.Message;
        }
    }

    static OffsetFetchRequest Request(string group, TopicPartition[] partitions, short version)
    {
        var topics = partitions.GroupBy(static partition => partition.Topic);
        return version < FirstOfGroups
            ? new OffsetFetchRequest
            {
                GroupId = new GroupId(group), RequireStable = true,
                Topics = [.. topics.Select(static topic => new OffsetFetchRequest.OffsetFetchRequestTopic { Name = topic.Key, PartitionIndexes = [.. topic.Select(static one => one.Partition)] })],
            }
            : new OffsetFetchRequest
            {
                RequireStable = true,
                Groups =
                [
                    new()
                    {
                        GroupId = new GroupId(group),
                        Topics = [.. topics.Select(static topic => new OffsetFetchRequest.OffsetFetchRequestTopics { Name = topic.Key, PartitionIndexes = [.. topic.Select(static one => one.Partition)] })],
                    },
                ],
            };
    }

    static string? Take(string group, TopicPartition[] partitions, OffsetFetchResponse response, short version, Dictionary<(string, TopicPartition), WitnessFound> found)
    {
        var error = version < FirstOfGroups ? response.ErrorCode : response.Groups is [var only] ? only.ErrorCode : ErrorCode.UnknownServerError;
        if (error != ErrorCode.None) return Passing(group, error);
        var told = version < FirstOfGroups
            ? response.Topics.SelectMany(static topic => topic.Partitions.Select(one => (new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode, one.CommittedOffset, one.Metadata)))
            : response.Groups[0].Topics.SelectMany(static topic => topic.Partitions.Select(one => (new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode, one.CommittedOffset, one.Metadata)));
        foreach (var (partition, code, offset, metadata) in told)
        {
            if (code != ErrorCode.None) return Passing(group, code);
            found[(group, partition)] = new WitnessFound(offset, metadata);
        }
        return Array.Find(partitions, partition => !found.ContainsKey((group, partition))) is { Topic: { } missing } ? $"the answer leaves {missing} out" : null;
    }

    static string Passing(string group, ErrorCode code) => ErrorTable.Of(code).Passes ? $"the coordinator answers {code}"
        : throw new KafkaException(new Error(code, $"the offsets of group '{group}' that tell how the transaction ended cannot be read: {code}"), ErrorTable.Of(code).Class);
}
