namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Which generation records belong to that are accepted now. Thread safe.
///
/// Whoever accepts a record reads <see cref="Current"/> under the lock of the record's place (its partition, or the waiting room). Whoever seals sets the next one
/// first and then takes each of those locks: what was accepted under the old one is there by then, and nothing can join it behind. So a record is never part of a
/// generation that was sealed before it was accepted.
/// </summary>
internal sealed class Generations
{
    readonly Lock _gate = new();
    readonly List<Generation> _unended = [];
    Generation _current = new(0);

    public Generation Current => Volatile.Read(ref _current);

    /// <summary>Begins the next generation.</summary>
    /// <param name="isWatched">A caller is told how the records ended.</param>
    /// <param name="refusal">What whoever brings a record for the old one and no other is told from here on.</param>
    /// <returns>All that have not ended, in order; the last one is that which was current.</returns>
    public Generation[] Next(bool isWatched, Func<TopicPartition, Exception>? refusal)
    {
        lock (_gate)
        {
            var was = _current;
            was.Refuse(refusal ?? Refusals.Sealed);
            Interlocked.Exchange(ref _current, new Generation(was.Number + 1));
            _unended.RemoveAll(static generation => generation.Ended.IsCompleted);
            _unended.Add(was);
            if (isWatched)
                foreach (var generation in _unended) generation.Watch();
            return [.. _unended];
        }
    }
}
