using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>What a producer wants to write into a transaction that is not open in this log yet, while its coordinator is asked whether it may.</summary>
/// <param name="Guard">Unique: whoever comes back with it has been waiting since then, and the transaction was not ended meanwhile.</param>
/// <param name="LowestSequence">Of the batches that were to be written: it has to come first (KAFKA-14920).</param>
/// <param name="SupportsEpochBump">The second transaction protocol, under which sequences begin at 0 in each transaction.</param>
/// <param name="BegunAt">By the steady clock.</param>
internal readonly record struct Verification(long Guard, ProducerEpoch Epoch, int LowestSequence, bool SupportsEpochBump, TimeSpan BegunAt);

/// <summary>
/// The verifications that are under way, or were refused, by producer (KIP-890). They belong to the machine and not to the log, and end with it: what happened between is not known.
/// A guard closes the gap between the coordinator's answer and the append: a marker that comes between takes it away. Used by one turn at a time; not thread safe.
/// </summary>
internal sealed class Verifications(GuardNumbers numbers)
{
    /// <summary>When there are more, the older half ends. Those that were refused stay, and anybody may send what is refused.</summary>
    public const int Most = 65_536;

    /// <summary>Guards up to this one were given by a machine before this.</summary>
    readonly long _earlier = numbers.Last;
    // Most logs have no transactions.
    Dictionary<ProducerId, Verification>? _byProducer;

    public int Count => _byProducer?.Count ?? 0;

    public bool TryFind(ProducerId producerId, out Verification verification)
    {
        verification = default;
        return _byProducer is not null && _byProducer.TryGetValue(producerId, out verification);
    }

    /// <summary>Begins one, or joins that of the same epoch. A higher epoch takes the place of a lower one; a lower one gets the guard and leaves everything as it is.</summary>
    /// <param name="now">By the steady clock.</param>
    /// <returns>The guard.</returns>
    public long Begin(ProducerId producerId, ProducerEpoch epoch, int sequence, bool supportsEpochBump, TimeSpan now)
    {
        _byProducer ??= [];
        if (TryFind(producerId, out var begun) && !(epoch > begun.Epoch))
        {
            if (epoch == begun.Epoch && sequence < begun.LowestSequence) _byProducer[producerId] = begun with { LowestSequence = sequence };
            return begun.Guard;
        }
        if (Count == Most) EndOlderHalf();
        var guard = numbers.Next();
        _byProducer[producerId] = new(guard, epoch, sequence, supportsEpochBump, now);
        return guard;
    }

    /// <summary>Whether the verification that gave this guard goes on.</summary>
    public bool Holds(ProducerId producerId, long guard) => TryFind(producerId, out var verification) && verification.Guard == guard;

    /// <summary>Whether a lower sequence of the same epoch is to be verified, or was refused: it has to come first (KAFKA-14920).</summary>
    public bool IsAfterLowest(ProducerId producerId, ProducerEpoch epoch, int sequence) =>
        TryFind(producerId, out var verification) && verification.Epoch == epoch && sequence > verification.LowestSequence;

    /// <summary>A machine before this one gave the guard: what happened to its transaction since is not known.</summary>
    public bool IsOfEarlierMachine(long guard) => guard > 0 && guard <= _earlier;

    /// <summary>A batch of the producer was appended.</summary>
    public void Appended(ProducerId producerId) => _byProducer?.Remove(producerId);

    /// <summary>A marker ends the verification, unless it is one of the second protocol and of the same epoch: that verification belongs to the transaction after it.</summary>
    public void Ended(in EndMarker marker)
    {
        if (!TryFind(marker.ProducerId, out var verification)) return;
        if (marker.TransactionVersion < 2 || verification.Epoch != marker.Epoch) _byProducer!.Remove(marker.ProducerId);
    }

    /// <summary>Ends those that began at or before <paramref name="bound"/> of the steady clock.</summary>
    public void Expire(TimeSpan bound)
    {
        if (_byProducer is null) return;
        foreach (var (producerId, verification) in _byProducer)
            if (verification.BegunAt <= bound) _byProducer.Remove(producerId);
    }

    void EndOlderHalf()
    {
        foreach (var (producerId, _) in _byProducer!.OrderBy(static one => one.Value.Guard).Take(Most / 2).ToArray()) _byProducer!.Remove(producerId);
    }
}
