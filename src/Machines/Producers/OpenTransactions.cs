using System.Collections.Immutable;
using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>A transaction that has data in a log and no marker.</summary>
/// <param name="Epoch">Of its data.</param>
/// <param name="FirstOffset">Of its first batch.</param>
public readonly record struct OpenTransaction(ProducerId ProducerId, ProducerEpoch Epoch, long FirstOffset);

/// <summary>
/// The open transactions of one log. Never changes: one that opens or ends makes another picture, which shares with this all but a handful of nodes, so ten thousand open
/// ones cost a turn no more than ten. Thread safe.
/// </summary>
public sealed class OpenTransactions : IEquatable<OpenTransactions>
{
    public static readonly OpenTransactions None = new(ImmutableSortedDictionary<ProducerId, OpenTransaction>.Empty, []);

    readonly ImmutableSortedDictionary<ProducerId, OpenTransaction> _byProducer;
    readonly ImmutableSortedSet<long> _firstOffsets;

    OpenTransactions(ImmutableSortedDictionary<ProducerId, OpenTransaction> byProducer, ImmutableSortedSet<long> firstOffsets) =>
        (_byProducer, _firstOffsets) = (byProducer, firstOffsets);

    public int Count => _byProducer.Count;

    /// <summary>Sorted by producer id.</summary>
    public IEnumerable<OpenTransaction> All => _byProducer.Values;

    /// <summary>The first offset of the oldest, below which every transaction is decided; null when none is open.</summary>
    public long? FirstOffset => Count == 0 ? null : _firstOffsets.Min;

    /// <summary>Whether this producer has one open in this epoch: what it writes next needs nobody's consent.</summary>
    public bool IsOpen(ProducerId producerId, ProducerEpoch epoch) => _byProducer.TryGetValue(producerId, out var open) && open.Epoch == epoch;

    /// <summary>With one more, of a producer that had none open.</summary>
    internal OpenTransactions With(in OpenTransaction opened) => new(_byProducer.Add(opened.ProducerId, opened), _firstOffsets.Add(opened.FirstOffset));

    /// <summary>Without that of this producer.</summary>
    internal OpenTransactions Without(ProducerId producerId)
    {
        if (!_byProducer.TryGetValue(producerId, out var ended)) return this;
        return Count == 1 ? None : new(_byProducer.Remove(producerId), _firstOffsets.Remove(ended.FirstOffset));
    }

    /// <summary>The same transactions are open.</summary>
    public bool Equals(OpenTransactions? other) => ReferenceEquals(this, other) || (other is not null && Count == other.Count && All.SequenceEqual(other.All));
    public override bool Equals(object? other) => Equals(other as OpenTransactions);
    public override int GetHashCode() => HashCode.Combine(Count, FirstOffset);
}
