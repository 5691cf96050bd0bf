using System.Numerics;
using System.Runtime.InteropServices;

namespace Semel.Machines.Compaction;

/// <summary>
/// The newest record of each key, within a bound of memory. Keys are compared byte for byte: two that are not the same are never taken for one. When it is full it takes no further key, and goes on
/// with those that it has.
/// </summary>
/// <param name="mostBytes">For keys and what is kept of each.</param>
sealed class KeyTable(long mostBytes)
{
    /// <summary>What a key takes beside its bytes, places that are not taken included.</summary>
    const int EntryOverhead = 48;
    const int ChunkBytes = 64 << 10, FirstPlaces = 256;

    /// <summary>One key.</summary>
    public struct Entry
    {
        internal ulong Hash;
        internal int Chunk, Start, Length;

        /// <summary>The place of its newest record among all; -1 while there is none.</summary>
        public long Newest;
        /// <summary>The newest record is a tombstone old enough to go.</summary>
        public bool IsOldTombstone;
        /// <summary>There is a record of the key of which nobody knows yet whether it counts.</summary>
        public bool HasUndecided;
    }

    readonly List<byte[]> _chunks = [];
    readonly List<Entry> _entries = [];
    int[] _places = new int[FirstPlaces];
    int _inChunk;
    long _bytes;

    public bool IsFull { get; private set; }
    public int Count => _entries.Count;

    public Span<Entry> Entries => CollectionsMarshal.AsSpan(_entries);

    public void Clear()
    {
        _chunks.Clear();
        _entries.Clear();
        _places = new int[FirstPlaces];
        (_inChunk, _bytes, IsFull) = (0, 0, false);
    }

    /// <summary>The place of a key's entry, made when it is not there; -1 when the table is full.</summary>
    public int Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var mask = _places.Length - 1;
        for (var at = (int)(hash & (uint)mask); ; at = (at + 1) & mask)
        {
            if (_places[at] == 0) return Add(key, hash, at);
            var found = _places[at] - 1;
            ref var entry = ref Entries[found];
            if (entry.Hash == hash && key.SequenceEqual(KeyOf(entry))) return found;
        }
    }

    ReadOnlySpan<byte> KeyOf(in Entry entry) => entry.Length == 0 ? default : _chunks[entry.Chunk].AsSpan(entry.Start, entry.Length);

    int Add(ReadOnlySpan<byte> key, ulong hash, int place)
    {
        if (IsFull || _bytes + key.Length + EntryOverhead > mostBytes)
        {
            IsFull = true;
            return -1;
        }
        _bytes += key.Length + EntryOverhead;
        if (_chunks.Count == 0 || _inChunk + key.Length > _chunks[^1].Length)
        {
            _chunks.Add(new byte[Math.Max(Math.Min(ChunkBytes, mostBytes), key.Length)]);
            _inChunk = 0;
        }
        key.CopyTo(_chunks[^1].AsSpan(_inChunk));
        _entries.Add(new Entry { Hash = hash, Chunk = _chunks.Count - 1, Start = _inChunk, Length = key.Length, Newest = -1 });
        _inChunk += key.Length;
        _places[place] = _entries.Count;
        if (_entries.Count * 2 > _places.Length) Grow();
        return _entries.Count - 1;
    }

    void Grow()
    {
        _places = new int[_places.Length * 2];
        var mask = _places.Length - 1;
        for (var entry = 0; entry < _entries.Count; entry++)
        {
            var at = (int)(Entries[entry].Hash & (uint)mask);
            while (_places[at] != 0) at = (at + 1) & mask;
            _places[at] = entry + 1;
        }
    }

    /// <summary>Spreads keys evenly, and differently for each seed.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> key, ulong seed)
    {
        const ulong multiplier = 0x9E3779B97F4A7C15, other = 0xC2B2AE3D27D4EB4F;
        var hash = seed ^ ((ulong)key.Length * multiplier);
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..]) hash = Mix(hash, MemoryMarshal.Read<ulong>(key));
        ulong rest = 0;
        foreach (var part in key) rest = (rest << 8) | part;
        return Mix(Mix(hash, rest), seed);

        static ulong Mix(ulong hash, ulong word)
        {
            hash = (hash ^ word) * multiplier;
            hash = BitOperations.RotateLeft(hash, 29) * other;
            return hash ^ (hash >> 32);
        }
    }
}
