using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming.Reading;
using Semel.Client.Consuming;
using Semel.Protocol.Records;

namespace Semel.Client;

/// <summary>One record of a <see cref="ConsumeBatch{TKey, TValue}"/>, where it lies. Valid as long as the batch is.</summary>
public readonly ref struct RecordView<TKey, TValue>
{
    readonly ConsumeBatch<TKey, TValue> _batch;
    readonly DecodedChunk _chunk;
    readonly int _index;

    internal RecordView(ConsumeBatch<TKey, TValue> batch, DecodedChunk chunk, int index)
    {
        _batch = batch;
        _chunk = chunk;
        _index = index;
    }

    ref readonly RecordEntry Entry
    {
        get
        {
            _batch.CheckUsable();
            return ref _chunk[_index];
        }
    }

    public TopicPartition TopicPartition => _chunk.Feed.Position.Partition;
    public string Topic => TopicPartition.Topic;
    public int Partition => TopicPartition.Partition;
    public long Offset => Entry.Offset;
    public Timestamp Timestamp => new(Entry.Timestamp, _chunk.Memory(Entry).TimestampType);
    /// <summary>Of the leader that the record was written by; -1 when it is not known.</summary>
    public int LeaderEpoch => _chunk.Memory(Entry).LeaderEpoch;
    public bool KeyIsNull => Entry.KeyLength < 0;
    public bool ValueIsNull => Entry.ValueLength < 0;
    /// <summary>Empty when the key is null.</summary>
    public ReadOnlySpan<byte> RawKey => _chunk.Key(Entry);
    /// <summary>Empty when the value is null.</summary>
    public ReadOnlySpan<byte> RawValue => _chunk.Value(Entry);
    public int HeaderCount => Entry.HeaderCount;
    /// <summary>Read as they are walked over: <c>foreach (var header in view.Headers)</c>.</summary>
    public RecordHeaderEnumerator Headers => _chunk.Headers(Entry);

    /// <summary>Deserialised anew at each call.</summary>
    /// <exception cref="ConsumeException">The bytes are not a key. The batch's position has moved on all the same.</exception>
    public TKey? Key => _batch.Deserialization.Key(_chunk, Entry, null);

    /// <summary>Deserialised anew at each call.</summary>
    /// <exception cref="ConsumeException">The bytes are not a value. The batch's position has moved on all the same.</exception>
    public TValue? Value => _batch.Deserialization.Value(_chunk, Entry, null);

    /// <summary>The record as objects of its own, which outlive the batch.</summary>
    /// <exception cref="ConsumeException">The bytes are not a key or not a value.</exception>
    public ConsumeResult<TKey, TValue> ToResult() => _batch.Deserialization.Result(_chunk, Entry);
}
