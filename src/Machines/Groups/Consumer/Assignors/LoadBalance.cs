namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>
/// Brings the numbers of partitions to the point where no other assignment is more equal: what is sought is known as an optimal semi-matching (Harvey, Ladner,
/// Lovász, Tamir 2003). It is reached exactly when there is no way from a member to one with at least two partitions fewer, on which each hands a partition to
/// the next.
/// </summary>
sealed class LoadBalance
{
    readonly TopicShares[] _topics;
    readonly int[] _loads;
    /// <summary>For each member the topics that it subscribes to, and as the how-manieth of their subscribers.</summary>
    readonly List<(int Topic, int Index)>[] _topicsOf;

    public LoadBalance(int memberCount, TopicShares[] topics)
    {
        _topics = topics;
        _loads = new int[memberCount];
        _topicsOf = new List<(int, int)>[memberCount];
        for (var member = 0; member < memberCount; member++) _topicsOf[member] = [];
        for (var topic = 0; topic < topics.Length; topic++)
        {
            for (var index = 0; index < topics[topic].Subscribers.Length; index++)
            {
                var member = topics[topic].Subscribers[index];
                _topicsOf[member].Add((topic, index));
                _loads[member] += topics[topic].Counts[index];
            }
        }
    }

    public void Reach()
    {
        // Whose partitions only few may have comes first: the others can still go elsewhere.
        foreach (var topic in _topics.OrderBy(topic => topic.Subscribers.Length)) GiveFree(topic);
        for (var hasMoved = true; hasMoved;)
        {
            hasMoved = false;
            foreach (var topic in _topics) hasMoved |= Level(topic);
        }
        FollowWays();
    }

    void GiveFree(TopicShares topic)
    {
        if (topic.Free == 0) return;
        var lightest = new PriorityQueue<int, (int Load, int Index)>();
        for (var index = 0; index < topic.Subscribers.Length; index++) lightest.Enqueue(index, (_loads[topic.Subscribers[index]], index));
        while (topic.Free > 0)
        {
            var index = lightest.Dequeue();
            topic.Give(index);
            lightest.Enqueue(index, (++_loads[topic.Subscribers[index]], index));
        }
    }

    /// <summary>Moves partitions of one topic straight from those who have most to those who have least.</summary>
    bool Level(TopicShares topic)
    {
        var heaviest = new PriorityQueue<int, (int Load, int Index)>();
        var lightest = new PriorityQueue<int, (int Load, int Index)>();
        for (var index = 0; index < topic.Subscribers.Length; index++)
        {
            var load = _loads[topic.Subscribers[index]];
            lightest.Enqueue(index, (load, index));
            if (topic.Counts[index] > 0) heaviest.Enqueue(index, (-load, index));
        }
        var hasMoved = false;
        // Who has given stands too high among the lightest, who has taken too low among the heaviest: so a difference of two that is seen here is one of two at
        // least.
        while (heaviest.TryPeek(out var from, out var most) && lightest.TryPeek(out var to, out var least) && -most.Load - least.Load >= 2)
        {
            topic.Move(from, to);
            hasMoved = true;
            heaviest.Dequeue();
            if (topic.Counts[from] > 0) heaviest.Enqueue(from, (-(--_loads[topic.Subscribers[from]]), from));
            else _loads[topic.Subscribers[from]]--;
            lightest.Dequeue();
            lightest.Enqueue(to, (++_loads[topic.Subscribers[to]], to));
        }
        return hasMoved;
    }

    /// <summary>
    /// From the heaviest member on. When no way leads from one to somebody who has at least two fewer, then none leads out of all that could be reached from
    /// it, nor will later: those are settled.
    /// </summary>
    void FollowWays()
    {
        var isSettled = new bool[_loads.Length];
        var heaviest = new PriorityQueue<int, (int Load, int Member)>();
        for (var member = 0; member < _loads.Length; member++) heaviest.Enqueue(member, (-_loads[member], member));
        var way = new WaySearch(_topics, _topicsOf, _loads, isSettled);
        while (heaviest.TryDequeue(out var member, out var key))
        {
            if (isSettled[member] || -key.Load != _loads[member]) continue;
            if (way.Find(member) is not { } end)
            {
                way.SettleReached();
                continue;
            }
            way.Follow(end);
            _loads[member]--;
            _loads[end]++;
            heaviest.Enqueue(member, (-_loads[member], member));
            heaviest.Enqueue(end, (-_loads[end], end));
        }
    }
}
