namespace Semel.Client.Consuming;

/// <summary>A partition as it is named in a session: by its topic's id where the version has ids.</summary>
internal readonly record struct NamedPartition(TopicPartition Partition, TopicId TopicId);

/// <summary>What a fetch says of its session.</summary>
/// <param name="Epoch">-1: no session. 0: a new one, whatever was before. Above: the next request of it.</param>
/// <param name="Named">Partitions that are new to the session or are to be read from elsewhere; all when the epoch is not above 0.</param>
internal readonly record struct SessionFetch(int Id, int Epoch, IReadOnlyList<PlannedFetch> Named, IReadOnlyList<NamedPartition> Forgotten)
{
    /// <summary>What the answer leaves out has no news.</summary>
    public bool IsIncremental => Epoch > 0;

    public static SessionFetch Alone(FetchPlan plan) => new(0, FetchSession.NoSession, plan.Partitions, []);
}

/// <summary>
/// The fetch session of one broker and lane (KIP-227): requests name what has changed since the one before, answers what is new, so that thousands of idle partitions cost nothing. What the plan
/// leaves out is forgotten, or the broker would send it again. Whenever it is not certain that both sides mean the same, a new session begins with a whole request. Pure; not thread safe: one
/// request at a time, which is answered or lost.
/// </summary>
internal sealed class FetchSession
{
    /// <summary>The first version that has sessions.</summary>
    public const short FirstVersion = 7;

    public const int NoSession = -1;
    const int NewSession = 0, FirstEpoch = 1;

    readonly Dictionary<TopicPartition, Named> _named = [];
    int _id, _epoch, _request;
    bool _isById;

    /// <summary>What the broker reads of a partition.</summary>
    readonly record struct Named(TopicId TopicId, long Offset, int LeaderEpoch, int LeaderEpochToConfirm)
    {
        /// <summary>The last request that wanted it.</summary>
        public int Request { get; init; }

        /// <summary>What is confirmed once need not be taken back.</summary>
        public bool Says(in PlannedFetch fetch) =>
            Offset == fetch.Offset && LeaderEpoch == fetch.LeaderEpoch && (fetch.LeaderEpochToConfirm < 0 || fetch.LeaderEpochToConfirm == LeaderEpochToConfirm);
    }

    /// <summary>The next request.</summary>
    /// <param name="isById">Whether topics go by id: a session has one kind of names.</param>
    public SessionFetch Next(FetchPlan plan, bool isById)
    {
        _request++;
        if (_epoch != NewSession && isById != _isById) _epoch = NewSession;
        _isById = isById;
        var forgotten = new List<NamedPartition>();
        var isNew = _epoch == NewSession;
        if (isNew) _named.Clear();
        var named = isNew ? plan.Partitions : [];
        foreach (var fetch in plan.Partitions)
        {
            var (partition, id) = (fetch.Position.Partition, fetch.Position.TopicId);
            var says = new Named(id, fetch.Offset, fetch.LeaderEpoch, fetch.LeaderEpochToConfirm) { Request = _request };
            if (!isNew && _named.TryGetValue(partition, out var known))
            {
                if (isById && known.TopicId != id) forgotten.Add(new NamedPartition(partition, known.TopicId));
                else if (known.Says(fetch))
                {
                    _named[partition] = known with { Request = _request };
                    continue;
                }
            }
            if (!isNew) named.Add(fetch);
            _named[partition] = says;
        }
        if (_named.Count > plan.Partitions.Count) Forget(forgotten);
        return new SessionFetch(_id, _epoch, named, forgotten);
    }

    void Forget(List<NamedPartition> forgotten)
    {
        var first = forgotten.Count;
        foreach (var (partition, known) in _named)
            if (known.Request != _request) forgotten.Add(new NamedPartition(partition, known.TopicId));
        for (var at = first; at < forgotten.Count; at++) _named.Remove(forgotten[at].Partition);
    }

    /// <summary>The broker took the request.</summary>
    /// <param name="id">The session that it has; 0 when it keeps none.</param>
    public void Answered(int id)
    {
        if (id == 0 || (_epoch != NewSession && id != _id)) _epoch = NewSession;
        else _epoch = _epoch == int.MaxValue ? FirstEpoch : _epoch + 1;
        _id = id;
    }

    /// <summary>The request did not come back, or the broker refused the session. Its number is named once more, so that the broker need not keep it.</summary>
    public void Lost() => _epoch = NewSession;

    /// <summary>Whether an error is about the session and not about what is fetched: the same is asked again, as a whole.</summary>
    public static bool IsRefusal(ErrorCode error) =>
        error is ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FetchSessionTopicIdError;
}
