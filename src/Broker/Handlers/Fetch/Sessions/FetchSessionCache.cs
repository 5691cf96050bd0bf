using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch.Sessions;

/// <summary>
/// The fetch sessions of all clients, so many at most (max.incremental.fetch.session.cache.slots). When there is no place left, one that nobody has used for two minutes makes room; else one that
/// has had its two minutes and is smaller than the new one; else the new client gets no session and names everything each time. Thread safe.
/// </summary>
/// <param name="random">For numbers above 0.</param>
internal sealed class FetchSessionCache(int slots, Func<int> random, TimeProvider time)
{
    /// <summary>As Apache Kafka has it, which lets nobody set it.</summary>
    static readonly TimeSpan EvictableAfter = TimeSpan.FromMinutes(2);

    /// <summary>Of all sessions together, so that their memory has a bound: a hundred megabytes, about.</summary>
    const long MostPartitions = 500_000;

    readonly Lock _gate = new();
    readonly Dictionary<int, FetchSession> _sessions = [];
    long _partitions;

    public int Count
    {
        get { lock (_gate) return _sessions.Count; }
    }

    /// <returns>Null when there is no place for it.</returns>
    public FetchSession? TryOpen(FetchRequest request, short version, out List<SessionPartition> partitions)
    {
        partitions = [];
        var size = 0;
        foreach (var topic in request.Topics) size += topic.Partitions.Count;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_partitions + size > MostPartitions || (_sessions.Count >= slots && !TryEvict(size, now))) return null;
            var session = new FetchSession(NewId(), version >= FetchHandler.TopicIds, now);
            partitions = session.Begin(request);
            _sessions[session.Id] = session;
            Resize(session, partitions.Count);
            return session;
        }
    }

    int NewId()
    {
        while (true)
            if (random() is > 0 and var id && !_sessions.ContainsKey(id)) return id;
    }

    bool TryEvict(int size, long now)
    {
        FetchSession? evicted = null;
        foreach (var session in _sessions.Values)
        {
            var isStale = time.GetElapsedTime(session.UsedAt, now) > EvictableAfter;
            // The one that was left alone for the longest time, if any was for long; else the smallest.
            if (isStale && (evicted is null || !IsStale(evicted) || session.UsedAt < evicted.UsedAt)) evicted = session;
            else if (!isStale && time.GetElapsedTime(session.CreatedAt, now) > EvictableAfter && session.Size < size
                && (evicted is null || (!IsStale(evicted) && session.Size < evicted.Size))) evicted = session;
        }
        if (evicted is null) return false;
        Remove(evicted);
        return true;

        bool IsStale(FetchSession session) => time.GetElapsedTime(session.UsedAt, now) > EvictableAfter;
    }

    /// <summary>The next request of a session.</summary>
    /// <param name="session">Null when the request left nothing in it: then it is closed, and the answer has no session.</param>
    public ErrorCode Continue(FetchRequest request, short version, out FetchSession? session, out List<SessionPartition> partitions, out int next)
    {
        (partitions, next) = ([], 0);
        lock (_gate)
        {
            if (!_sessions.TryGetValue(request.SessionId, out session)) return ErrorCode.FetchSessionIdNotFound;
            if (session.Continue(request, version, out partitions, out next) is not ErrorCode.None and var refusal) return refusal;
            session.UsedAt = time.GetTimestamp();
            Resize(session, partitions.Count);
            if (partitions.Count > 0) return ErrorCode.None;
            Remove(session);
            session = null;
            return ErrorCode.None;
        }
    }

    public void Close(int id)
    {
        lock (_gate)
            if (_sessions.TryGetValue(id, out var session)) Remove(session);
    }

    void Resize(FetchSession session, int size)
    {
        _partitions += size - session.Size;
        session.Size = size;
    }

    void Remove(FetchSession session)
    {
        _sessions.Remove(session.Id);
        Resize(session, 0);
    }
}
