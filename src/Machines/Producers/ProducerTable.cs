using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>
/// The producers of one log. States lie side by side in chunks, so that growing copies none of a million; an open-addressing index of 4-byte
/// positions finds them by producer id. Nothing is allocated per append; a new producer allocates only when a chunk or the index is full.
/// </summary>
internal sealed class ProducerTable
{
    const int ChunkBits = 8, ChunkSize = 1 << ChunkBits, SmallestIndex = 8;

    readonly List<ProducerState[]> _chunks = [];
    /// <summary>Position + 1 of the state, 0 where nothing is. A power of two long, at most three quarters full.</summary>
    int[] _index = new int[SmallestIndex];

    public int Count { get; private set; }

    public ref ProducerState this[int position] => ref _chunks[position >> ChunkBits][position & (ChunkSize - 1)];

    /// <returns>The position, or -1. Positions stay until <see cref="RemoveSilent"/> or <see cref="Clear"/>.</returns>
    public int Find(ProducerId producerId)
    {
        for (var slot = SlotOf(producerId); ; slot = (slot + 1) & (_index.Length - 1))
        {
            var position = _index[slot] - 1;
            if (position < 0 || this[position].ProducerId == producerId) return position;
        }
    }

    /// <summary>Adds a producer that is not there yet. References from the indexer do not outlive this.</summary>
    public int Add(in ProducerState state)
    {
        if ((Count + 1) * 4L > _index.Length * 3L) Reindex(_index.Length * 2);
        var chunk = Count >> ChunkBits;
        if (chunk == _chunks.Count) _chunks.Add(new ProducerState[chunk == 0 ? 1 : ChunkSize]);
        // Only the first chunk begins small: most partitions have a handful of producers.
        if ((Count & (ChunkSize - 1)) == _chunks[chunk].Length)
        {
            var grown = _chunks[chunk];
            Array.Resize(ref grown, grown.Length * 2);
            _chunks[chunk] = grown;
        }
        this[Count] = state;
        Enter(Count);
        return Count++;
    }

    /// <summary>Removes the producers that were heard of last at or before <paramref name="bound"/> and have no transaction open; the others keep their order.</summary>
    /// <returns>The highest producer id that was removed, or none; and when the longest silent of the others was heard of.</returns>
    public (ProducerId HighestRemoved, TimeSpan? OldestLeft) RemoveSilent(TimeSpan bound)
    {
        var highest = ProducerId.None;
        TimeSpan? oldest = null;
        var kept = 0;
        for (var position = 0; position < Count; position++)
        {
            ref var state = ref this[position];
            if (!state.HasOpenTransaction && state.HeardAt <= bound)
            {
                if (state.ProducerId.CompareTo(highest) > 0) highest = state.ProducerId;
                continue;
            }
            if (oldest is null || state.HeardAt < oldest) oldest = state.HeardAt;
            if (kept != position) this[kept] = state;
            kept++;
        }
        if (kept == Count) return (highest, oldest);
        Count = kept;
        var chunks = (kept + ChunkSize - 1) >> ChunkBits;
        _chunks.RemoveRange(chunks, _chunks.Count - chunks);
        var length = SmallestIndex;
        while (kept * 4L > length * 3L) length *= 2;
        Reindex(length);
        return (highest, oldest);
    }

    public void Clear()
    {
        Count = 0;
        _chunks.Clear();
        _index = new int[SmallestIndex];
    }

    void Reindex(int length)
    {
        _index = new int[length];
        for (var position = 0; position < Count; position++) Enter(position);
    }

    void Enter(int position)
    {
        var slot = SlotOf(this[position].ProducerId);
        while (_index[slot] != 0) slot = (slot + 1) & (_index.Length - 1);
        _index[slot] = position + 1;
    }

    // Multiplying by the golden ratio and taking the high bits spreads ids that count up one by one.
    int SlotOf(ProducerId producerId) =>
        (int)((ulong)producerId.Value * 0x9E3779B97F4A7C15 >> (64 - System.Numerics.BitOperations.Log2((uint)_index.Length)));
}
