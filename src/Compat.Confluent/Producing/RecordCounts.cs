using System.Collections.Concurrent;

namespace Semel.Compat.Confluent;

/// <summary>What statistics say of records: how many were taken, wait, and were delivered where. Thread safe.</summary>
sealed class RecordCounts
{
    readonly ConcurrentDictionary<(string Topic, int Partition), PartitionCounts> _partitions = new();
    long _waitingBytes, _delivered, _deliveredBytes;

    public sealed class PartitionCounts
    {
        public long Records, Bytes, Failed;
    }

    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);
    public long Delivered => Interlocked.Read(ref _delivered);
    public long DeliveredBytes => Interlocked.Read(ref _deliveredBytes);
    public IEnumerable<KeyValuePair<(string Topic, int Partition), PartitionCounts>> Partitions => _partitions;

    public void Took(int bytes) => Interlocked.Add(ref _waitingBytes, bytes);

    public void Ended(PendingRecord record, Inner.DeliveryResult result, Inner.ProduceException failure)
    {
        Interlocked.Add(ref _waitingBytes, -record.Bytes);
        var (topic, partition) = failure is null ? (result.Topic, result.Partition) : (failure.TopicPartition.Topic, failure.TopicPartition.Partition);
        var counts = _partitions.GetOrAdd((topic, partition), static _ => new PartitionCounts());
        if (failure is not null)
        {
            Interlocked.Increment(ref counts.Failed);
            return;
        }
        Interlocked.Increment(ref counts.Records);
        Interlocked.Add(ref counts.Bytes, record.Bytes);
        Interlocked.Increment(ref _delivered);
        Interlocked.Add(ref _deliveredBytes, record.Bytes);
    }
}
