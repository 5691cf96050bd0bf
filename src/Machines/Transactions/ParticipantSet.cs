using System.Collections;

namespace Semel.Machines.Transactions;

/// <summary>The participants of one transaction, in one order, each once. Never changes.</summary>
public sealed class ParticipantSet : IReadOnlyList<Participant>
{
    static readonly Comparer<Participant> Order = Comparer<Participant>.Create(Compare);

    public static readonly ParticipantSet Empty = new([]);

    readonly Participant[] _sorted;

    ParticipantSet(Participant[] sorted) => _sorted = sorted;

    public static ParticipantSet Of(IEnumerable<Participant> participants) => Empty.With(participants as IReadOnlyCollection<Participant> ?? [.. participants]);

    public int Count => _sorted.Length;
    public Participant this[int index] => _sorted[index];

    /// <returns>-1 when it is not there.</returns>
    public int IndexOf(in Participant participant) => Math.Max(-1, Array.BinarySearch(_sorted, participant, Order));

    public bool Contains(in Participant participant) => IndexOf(participant) >= 0;

    /// <returns>This very set when all of them are there.</returns>
    public ParticipantSet With(IReadOnlyCollection<Participant> added)
    {
        if (added.All(participant => Contains(participant))) return this;
        var all = new Participant[_sorted.Length + added.Count];
        _sorted.CopyTo(all, 0);
        var end = _sorted.Length;
        foreach (var participant in added) all[end++] = participant;
        Array.Sort(all, Order);
        var count = 1;
        for (var next = 1; next < all.Length; next++)
            if (all[next] != all[count - 1]) all[count++] = all[next];
        return new(count == all.Length ? all : all[..count]);
    }

    static int Compare(Participant left, Participant right)
    {
        if (left.Kind != right.Kind) return left.Kind.CompareTo(right.Kind);
        if (string.CompareOrdinal(left.Topic, right.Topic) is not 0 and var byTopic) return byTopic;
        if (left.TopicId.Value.CompareTo(right.TopicId.Value) is not 0 and var byId) return byId;
        return left.Partition.CompareTo(right.Partition);
    }

    public IEnumerator<Participant> GetEnumerator() => ((IEnumerable<Participant>)_sorted).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => _sorted.GetEnumerator();
}
