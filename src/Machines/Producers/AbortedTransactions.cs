using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>A transaction that was aborted with data in the log. 32 bytes.</summary>
/// <param name="FirstOffset">Of its first batch.</param>
/// <param name="LastOffset">Of its marker.</param>
/// <param name="LastStableOffset">
/// Of the log when the marker was written: the first offset of the oldest transaction that was open then, or the offset behind the marker. What was completed later begins there or above.
/// </param>
public readonly record struct AbortedTransaction(ProducerId ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>
/// The aborted transactions of one log, in the order of their markers. Never changes: one that is added makes another picture, which shares all earlier ones with this. Thread safe.
/// </summary>
public sealed class AbortedTransactions : IEquatable<AbortedTransactions>
{
    const int ChunkBits = 6, ChunkSize = 1 << ChunkBits;

    public static readonly AbortedTransactions None = new([], 0, 0);

    // Pictures share the chunks. What lies at _end or behind it belongs to later pictures.
    readonly AbortedTransaction[][] _chunks;
    readonly int _first, _end;

    AbortedTransactions(AbortedTransaction[][] chunks, int first, int end) => (_chunks, _first, _end) = (chunks, first, end);

    public int Count => _end - _first;

    public AbortedTransaction this[int index] => At(_first + index);

    AbortedTransaction At(int position) => _chunks[position >> ChunkBits][position & (ChunkSize - 1)];

    /// <summary>What a reader of the offsets from <paramref name="from"/> up to, not including, <paramref name="upper"/> has to leave out; sorted by first offset.</summary>
    public IReadOnlyList<AbortedTransaction> Between(long from, long upper)
    {
        List<AbortedTransaction>? found = null;
        for (var position = Find(from); position < _end; position++)
        {
            var aborted = At(position);
            if (aborted.FirstOffset < upper) (found ??= []).Add(aborted);
            // All that began below were decided by then.
            if (aborted.LastStableOffset >= upper) break;
        }
        found?.Sort(static (left, right) => left.FirstOffset.CompareTo(right.FirstOffset));
        return found ?? (IReadOnlyList<AbortedTransaction>)[];
    }

    /// <summary>The position of the first one whose marker is not below an offset.</summary>
    int Find(long offset)
    {
        var (low, high) = (_first, _end);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (At(middle).LastOffset < offset) low = middle + 1; else high = middle;
        }
        return low;
    }

    /// <summary>With one more, whose marker lies above all others'. Only the newest picture is continued.</summary>
    internal AbortedTransactions With(in AbortedTransaction aborted)
    {
        var chunks = _chunks;
        var chunk = _end >> ChunkBits;
        if (chunk == chunks.Length) Array.Resize(ref chunks, Math.Max(1, chunks.Length * 2));
        (chunks[chunk] ??= new AbortedTransaction[ChunkSize])[_end & (ChunkSize - 1)] = aborted;
        return new(chunks, _first, _end + 1);
    }

    /// <summary>Without those that lie below the log's start with their markers.</summary>
    internal AbortedTransactions From(long logStart)
    {
        var first = Find(logStart);
        if (first == _first) return this;
        if (first == _end) return None;
        var gone = first >> ChunkBits;
        return new(gone == 0 ? _chunks : _chunks[gone..], first - (gone << ChunkBits), _end - (gone << ChunkBits));
    }

    /// <summary>The same transactions were aborted.</summary>
    public bool Equals(AbortedTransactions? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || Count != other.Count) return false;
        for (var index = 0; index < Count; index++)
            if (this[index] != other[index]) return false;
        return true;
    }

    public override bool Equals(object? other) => Equals(other as AbortedTransactions);
    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, this[Count - 1]);
}
