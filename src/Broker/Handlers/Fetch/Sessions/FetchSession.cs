using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch.Sessions;

/// <summary>
/// What one client fetches again and again (KIP-227): its requests name what changed, the answers what is new. Requests of a session carry its epochs one after the other, so a lost or doubled
/// one is noticed. Thread safe.
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds, long createdAt)
{
    const int FirstEpoch = 1;

    readonly Lock _gate = new();
    readonly Dictionary<(TopicKey, int), LinkedListNode<SessionPartition>> _byName = [];
    /// <summary>In the order in which they are read. Who had records goes to the end, so that nobody starves behind a full answer.</summary>
    readonly LinkedList<SessionPartition> _turns = [];
    int _epoch = FirstEpoch;

    public int Id => id;
    public bool UsesTopicIds => usesTopicIds;
    public long CreatedAt { get; } = createdAt;

    /// <summary>When it was used last, and with how many partitions. Belong to the cache's lock.</summary>
    public long UsedAt { get; set; } = createdAt;
    public int Size { get; set; }

    /// <summary>Takes in what a request changes.</summary>
    /// <param name="partitions">All that are to be fetched now, in order; none when the session has come to its end.</param>
    /// <param name="next">The epoch after this request: only while it stands is the request's answer the session's.</param>
    public ErrorCode Continue(FetchRequest request, short version, out List<SessionPartition> partitions, out int next)
    {
        lock (_gate)
        {
            (partitions, next) = ([], 0);
            if (request.SessionEpoch != _epoch) return ErrorCode.InvalidFetchSessionEpoch;
            if (usesTopicIds != version >= FetchHandler.TopicIds) return ErrorCode.FetchSessionTopicIdError;
            Add(request);
            foreach (var topic in request.ForgottenTopicsData)
                foreach (var partition in topic.Partitions) Forget((new TopicKey(topic.Topic, topic.TopicId), partition));
            next = _epoch = _epoch == int.MaxValue ? FirstEpoch : _epoch + 1;
            partitions = [.. _turns];
            return ErrorCode.None;
        }
    }

    /// <summary>The partitions of the request that opens the session.</summary>
    public List<SessionPartition> Begin(FetchRequest request)
    {
        lock (_gate)
        {
            Add(request);
            return [.. _turns];
        }
    }

    void Add(FetchRequest request)
    {
        foreach (var topic in request.Topics)
        {
            var key = new TopicKey(topic.Topic, topic.TopicId);
            foreach (var asked in topic.Partitions)
                if (_byName.TryGetValue((key, asked.Partition), out var known)) known.Value.Asked = asked;
                else _byName[(key, asked.Partition)] = _turns.AddLast(new SessionPartition(key, asked));
        }
    }

    void Forget((TopicKey, int) partition)
    {
        if (_byName.Remove(partition, out var node)) _turns.Remove(node);
    }

    /// <summary>The rows that the client has to be told.</summary>
    /// <param name="isFull">All of them, as the first answer of a session has.</param>
    /// <param name="expected">See <see cref="Continue"/>.</param>
    /// <returns>Null when another request of the session has come meanwhile: then the client follows neither.</returns>
    public List<(TopicKey Topic, FetchResponse.PartitionData Row)>? Select(List<(SessionPartition Partition, FetchRow Row)> rows, bool isFull, int expected)
    {
        lock (_gate)
        {
            if (_epoch != expected) return null;
            var told = new List<(TopicKey, FetchResponse.PartitionData)>();
            foreach (var (partition, row) in rows)
            {
                if (!partition.HasNews(row) && !isFull) continue;
                told.Add((partition.Topic, row.Response));
                if (!isFull && row.Length > 0 && _byName.TryGetValue((partition.Topic, partition.Asked.Partition), out var node))
                {
                    _turns.Remove(node);
                    _turns.AddLast(node);
                }
            }
            return told;
        }
    }
}
