namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>Seeks the shortest way on which members hand partitions on, each to the next, from one member to another that has at least two fewer.</summary>
sealed class WaySearch(TopicShares[] topics, List<(int Topic, int Index)>[] topicsOf, int[] loads, bool[] isSettled)
{
    /// <summary>How a member was reached: from whom, and by a partition of which topic, each as one of that topic's subscribers.</summary>
    readonly record struct Step(int From, int Topic, int FromIndex, int ToIndex);

    readonly Step[] _steps = new Step[loads.Length];
    readonly List<int> _reached = [];
    // By the number of the search, so that nothing is cleared between two of them.
    readonly int[] _memberSeen = new int[loads.Length];
    readonly int[] _topicSeen = new int[topics.Length];
    int _search;

    /// <returns>Where the way ends; null when there is none.</returns>
    public int? Find(int start)
    {
        _search++;
        _reached.Clear();
        Reach(start, new Step(-1, -1, -1, -1));
        for (var next = 0; next < _reached.Count; next++)
        {
            var from = _reached[next];
            foreach (var (topic, fromIndex) in topicsOf[from])
            {
                if (_topicSeen[topic] == _search || topics[topic].Counts[fromIndex] == 0) continue;
                _topicSeen[topic] = _search;
                var subscribers = topics[topic].Subscribers;
                for (var toIndex = 0; toIndex < subscribers.Length; toIndex++)
                {
                    var to = subscribers[toIndex];
                    if (isSettled[to] || _memberSeen[to] == _search) continue;
                    Reach(to, new Step(from, topic, fromIndex, toIndex));
                    if (loads[to] <= loads[start] - 2) return to;
                }
            }
        }
        return null;
    }

    void Reach(int member, Step step)
    {
        _memberSeen[member] = _search;
        _steps[member] = step;
        _reached.Add(member);
    }

    /// <summary>Each on the way that was found hands a partition to the next.</summary>
    public void Follow(int end)
    {
        for (var step = _steps[end]; step.From >= 0; step = _steps[step.From]) topics[step.Topic].Move(step.FromIndex, step.ToIndex);
    }

    public void SettleReached()
    {
        foreach (var member in _reached) isSettled[member] = true;
    }
}
