using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Protocol.Messages;

namespace Semel.Client.Consuming.Reading;

/// <summary>The Fetch request and its answer, in this client's words.</summary>
internal static class FetchExchange
{
    /// <summary>From version 13 on topics go by id, which an older broker's metadata does not tell.</summary>
    const short LastVersionByName = 12;

    static readonly AbortedTransaction[] NoneAborted = [];

    /// <summary>The version to use; null when the broker offers none that this client knows.</summary>
    public static short? Version(BrokerConnection connection, FetchPlan plan) =>
        connection.BestVersion<FetchRequest, FetchResponse>(plan.Partitions.TrueForAll(static fetch => !fetch.Position.TopicId.IsNone) ? short.MaxValue : LastVersionByName);

    public static bool IsById(short version) => version > LastVersionByName;

    /// <param name="session">Which of the plan's partitions are named.</param>
    public static FetchRequest Request(FetchPlan plan, in SessionFetch session, ConsumerOptions options, short version)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = (int)plan.MaxWait.TotalMilliseconds,
            MinBytes = options.FetchMinBytes,
            MaxBytes = plan.MaxBytes,
            IsolationLevel = options.Isolation,
            RackId = options.Rack,
            SessionId = session.Id,
            SessionEpoch = session.Epoch,
        };
        foreach (var forgotten in session.Forgotten)
            request.ForgottenTopicsData.Add(new FetchRequest.ForgottenTopic { Topic = forgotten.Partition.Topic, TopicId = forgotten.TopicId, Partitions = [forgotten.Partition.Partition] });
        // A session is told once, and the request's own bound changes: that alone keeps a partition's part small.
        var partitionBytes = session.Epoch == FetchSession.NoSession ? Math.Min(options.PartitionFetchMaxBytes, plan.MaxBytes) : options.PartitionFetchMaxBytes;
        var topics = new Dictionary<string, FetchRequest.FetchTopic>();
        foreach (var fetch in session.Named)
        {
            var (name, number) = fetch.Position.Partition;
            if (!topics.TryGetValue(name, out var topic))
            {
                topics[name] = topic = new FetchRequest.FetchTopic { Topic = name, TopicId = fetch.Position.TopicId };
                request.Topics.Add(topic);
            }
            topic.Partitions.Add(new FetchRequest.FetchPartition
            {
                Partition = number,
                CurrentLeaderEpoch = fetch.LeaderEpoch,
                FetchOffset = fetch.Offset,
                LastFetchedEpoch = version >= 12 ? fetch.LeaderEpochToConfirm : -1,
                PartitionMaxBytes = partitionBytes,
            });
        }
        return request;
    }

    /// <returns>At most one answer per planned partition; what was not asked for is passed over.</returns>
    /// <param name="isIncremental">What the answer leaves out has no news.</param>
    public static List<PlannedAnswer> Read(FetchPlan plan, bool isIncremental, FetchResponse response, short version, NodeId from)
    {
        var asked = new Dictionary<(string, TopicId, int), PlannedFetch>(plan.Partitions.Count);
        foreach (var fetch in plan.Partitions)
            asked[version <= LastVersionByName ? (fetch.Position.Partition.Topic, TopicId.None, fetch.Position.Partition.Partition) : ("", fetch.Position.TopicId, fetch.Position.Partition.Partition)] = fetch;
        var answers = new List<PlannedAnswer>(plan.Partitions.Count);
        foreach (var topic in response.Responses)
            foreach (var partition in topic.Partitions)
                if (asked.Remove((topic.Topic, topic.TopicId, partition.PartitionIndex), out var fetch))
                    answers.Add(new PlannedAnswer(fetch, Answer(fetch, partition, version, from), Aborted(partition)));
        if (isIncremental)
            foreach (var fetch in asked.Values) answers.Add(new PlannedAnswer(fetch, NoNews(fetch, from), NoneAborted));
        return answers;
    }

    static FetchAnswer NoNews(in PlannedFetch fetch, NodeId from) => new(from, ErrorCode.None, FetchedRange.Read(default, fetch.Offset), default)
    {
        IsUnchanged = true,
        PreferredReplica = NodeId.None,
        LeaderEpoch = fetch.LeaderEpoch,
    };

    static FetchAnswer Answer(in PlannedFetch fetch, FetchResponse.PartitionData partition, short version, NodeId from)
    {
        var records = partition.ErrorCode == ErrorCode.None ? partition.Records ?? default : default;
        return new FetchAnswer(from, partition.ErrorCode, FetchedRange.Read(records, fetch.Offset), records)
        {
            HighWatermark = partition.HighWatermark,
            LastStableOffset = partition.LastStableOffset,
            LogStartOffset = partition.LogStartOffset,
            PreferredReplica = partition.PreferredReadReplica,
            LeaderEpoch = fetch.LeaderEpoch,
            Diverging = version >= 12 && partition.DivergingEpoch is { EndOffset: >= 0 } diverging ? (diverging.Epoch, diverging.EndOffset) : null,
        };
    }

    static AbortedTransaction[] Aborted(FetchResponse.PartitionData partition) => partition.AbortedTransactions is not { Count: > 0 } aborted ? NoneAborted
        : [.. aborted.Select(static entry => new AbortedTransaction(entry.ProducerId, entry.FirstOffset))];

    /// <summary>Tells the metadata who leads the partitions that were refused, where the broker named them (KIP-951).</summary>
    public static void LearnLeaders(FetchResponse response, short version, List<PlannedAnswer> answers, Metadata.MetadataCache metadata)
    {
        if (version < 12) return;
        Dictionary<NodeId, BrokerAddress>? named = null;
        foreach (var topic in response.Responses)
            foreach (var partition in topic.Partitions)
            {
                if (partition.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch) || partition.CurrentLeader.LeaderId.Value < 0) continue;
                named ??= Named(response);
                var at = answers.FindIndex(answer => answer.Fetch.Position.Partition.Partition == partition.PartitionIndex
                    && (topic.Topic.Length > 0 ? answer.Fetch.Position.Partition.Topic == topic.Topic : answer.Fetch.Position.TopicId == topic.TopicId));
                if (at >= 0) metadata.LearnLeader(answers[at].Fetch.Position.Partition, partition.CurrentLeader.LeaderId, partition.CurrentLeader.LeaderEpoch, named);
            }
    }

    static Dictionary<NodeId, BrokerAddress> Named(FetchResponse response)
    {
        var named = new Dictionary<NodeId, BrokerAddress>();
        foreach (var node in response.NodeEndpoints)
            if (node.Port is > 0 and <= 65535 && node.Host.Length > 0) named[node.NodeId] = new BrokerAddress(node.Host, node.Port);
        return named;
    }
}
