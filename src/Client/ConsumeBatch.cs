using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming.Reading;
using Semel.Client.Consuming;

namespace Semel.Client;

/// <summary>
/// Records as they lie in the memory that they were received or decompressed into: looking at one copies nothing. The memory goes back with
/// <see cref="Dispose"/>, at the latest with the next pull; no view, span or header of the batch may be used after that. Not thread safe.
/// </summary>
public sealed class ConsumeBatch<TKey, TValue> : IDisposable
{
    readonly PulledRecords _pulled;
    readonly Deserialization<TKey, TValue> _deserialization;
    int _isDisposed;

    internal ConsumeBatch(in PulledRecords pulled, Deserialization<TKey, TValue> deserialization)
    {
        _pulled = pulled;
        _deserialization = deserialization;
        Count = pulled.Count;
    }

    public int Count { get; }

    /// <summary>With enable.partition.eof: partitions whose end was reached behind these records, and their next offsets.</summary>
    public IReadOnlyList<TopicPartitionOffset> PartitionEnds => _pulled.Ends;

    /// <summary>For each partition in the batch the offset to go on from when all of its records here are processed.</summary>
    public IReadOnlyList<TopicPartitionOffset> NextOffsets
    {
        get
        {
            CheckUsable();
            var next = new Dictionary<TopicPartition, long>();
            for (var slice = 0; slice < _pulled.SliceCount; slice++)
            {
                var (chunk, from, count) = _pulled[slice];
                next[chunk.Feed.Position.Partition] = from + count == chunk.Count ? chunk.NextOffset : chunk[from + count - 1].Offset + 1;
            }
            return [.. next.Select(static entry => new TopicPartitionOffset(entry.Key, entry.Value))];
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    public RecordView<TKey, TValue> this[int index]
    {
        get
        {
            CheckUsable();
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"the batch has {Count} records");
            var slice = 0;
            for (; index >= _pulled[slice].Count; slice++) index -= _pulled[slice].Count;
            return new RecordView<TKey, TValue>(this, _pulled[slice].Chunk, _pulled[slice].From + index);
        }
    }

    public Enumerator GetEnumerator()
    {
        CheckUsable();
        return new Enumerator(this);
    }

    internal Deserialization<TKey, TValue> Deserialization => _deserialization;

    internal void CheckUsable()
    {
        if (_isDisposed != 0) throw new ObjectDisposedException(GetType().Name, "the batch was disposed of, by the application or by the next pull: its records are gone");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) _pulled.Release();
    }

    /// <summary>Walks over the records without allocating.</summary>
    public struct Enumerator
    {
        readonly ConsumeBatch<TKey, TValue> _batch;
        DecodedChunk? _chunk;
        int _slice, _index, _end;

        internal Enumerator(ConsumeBatch<TKey, TValue> batch)
        {
            _batch = batch;
            (_slice, _index, _end) = (-1, -1, 0);
        }

        public readonly RecordView<TKey, TValue> Current => new(_batch, _chunk!, _index);

        public bool MoveNext()
        {
            if (++_index < _end) return true;
            if (++_slice >= _batch._pulled.SliceCount) return false;
            var (chunk, from, count) = _batch._pulled[_slice];
            (_chunk, _index, _end) = (chunk, from, from + count);
            return true;
        }
    }
}
