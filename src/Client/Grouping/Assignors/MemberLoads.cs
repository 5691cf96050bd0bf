namespace Semel.Client.Grouping.Assignors;

/// <summary>Who has what while partitions are shared out, members by their places in the order.</summary>
internal sealed class MemberLoads
{
    readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    readonly Dictionary<string, int[]> _subscribers = new(StringComparer.Ordinal);
    readonly SortedDictionary<TopicPartition, int> _owners = new(PartitionOrder.ByName);
    // Of each member its partitions by topic, so that a topic that can be given away is found at once.
    readonly SortedDictionary<string, SortedSet<int>>[] _own;
    readonly int[] _count;

    public MemberLoads(AssignorMember[] order, (string Topic, int Partitions, AssignorMember[] Subscribers)[] topics)
    {
        for (var at = 0; at < order.Length; at++) _index[order[at].MemberId] = at;
        foreach (var (topic, _, subscribers) in topics) _subscribers[topic] = [.. subscribers.Select(member => _index[member.MemberId])];
        _own = [.. order.Select(static _ => new SortedDictionary<string, SortedSet<int>>(StringComparer.Ordinal))];
        _count = new int[order.Length];
    }

    public IReadOnlyDictionary<TopicPartition, int> Owners => _owners;

    public int Index(string member) => _index[member];

    public void Give(TopicPartition partition, int member)
    {
        _owners[partition] = member;
        _count[member]++;
        if (!_own[member].TryGetValue(partition.Topic, out var numbers)) _own[member][partition.Topic] = numbers = [];
        numbers.Add(partition.Partition);
    }

    void Take(TopicPartition partition)
    {
        _owners.Remove(partition, out var member);
        _count[member]--;
        var numbers = _own[member][partition.Topic];
        numbers.Remove(partition.Partition);
        if (numbers.Count == 0) _own[member].Remove(partition.Topic);
    }

    /// <summary>With equal subscriptions: what members have beyond their share is free again. Those who have most keep one more where it does not come out even.</summary>
    public void Trim(int total)
    {
        var (each, more) = (total / _count.Length, total % _count.Length);
        foreach (var member in Enumerable.Range(0, _count.Length).OrderByDescending(member => Math.Min(_count[member], each + 1)).ToArray())
        {
            var share = each;
            if (more > 0 && _count[member] > each) (share, more) = (each + 1, more - 1);
            while (_count[member] > share) Take(Last(member));
        }
    }

    TopicPartition Last(int member)
    {
        var (topic, numbers) = _own[member].Last();
        return new TopicPartition(topic, numbers.Max);
    }

    /// <summary>A partition that nobody has goes to the subscriber with the fewest, the first of them.</summary>
    public void GiveToLeast(TopicPartition partition)
    {
        if (_owners.ContainsKey(partition)) return;
        var least = -1;
        foreach (var member in _subscribers[partition.Topic])
            if (least < 0 || _count[member] < _count[least]) least = member;
        Give(partition, least);
    }

    /// <summary>
    /// With different subscriptions: as long as somebody has two more than another, and there is a way between them on which each hands one partition on to the
    /// next, it is gone. When there is no such way any more, no other sharing out is more even.
    /// </summary>
    public void Balance()
    {
        while (Enumerable.Range(0, _count.Length).OrderByDescending(member => _count[member]).Any(TryRelieve)) { }
    }

    /// <summary>The shortest way from a member to one that has at least two fewer, breadth first.</summary>
    bool TryRelieve(int from)
    {
        var cameBy = new Dictionary<int, (int Member, string Topic)> { [from] = (-1, "") };
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out var member))
        {
            if (_count[member] <= _count[from] - 2)
            {
                HandOn(cameBy, member);
                return true;
            }
            foreach (var topic in _own[member].Keys)
                foreach (var next in _subscribers[topic])
                    if (cameBy.TryAdd(next, (member, topic))) queue.Enqueue(next);
        }
        return false;
    }

    void HandOn(Dictionary<int, (int Member, string Topic)> cameBy, int to)
    {
        for (var (giver, topic) = cameBy[to]; giver >= 0; (giver, topic) = cameBy[to])
        {
            var partition = new TopicPartition(topic, _own[giver][topic].Max);
            Take(partition);
            Give(partition, to);
            to = giver;
        }
    }
}
