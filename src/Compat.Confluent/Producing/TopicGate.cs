namespace Semel.Compat.Confluent;

/// <summary>
/// Brings the records of one topic to the client below in the order of the calls, and their ends back in the order of each partition. A call never waits:
/// while the
/// client below has no room or does not know the topic yet, records stand in line here. Thread safe.
/// </summary>
sealed class TopicGate(string topic, Action<PendingRecord, Inner.ProduceException> ended, Action<int> waits)
{
    readonly Lock _gate = new();
    readonly Queue<(PendingRecord Record, Task<Inner.Delivery> Accepting)> _line = new();
    readonly Dictionary<int, PartitionLine> _partitions = [];

    /// <exception cref="Inner.ProduceException">The record can never be accepted.</exception>
    public void Bring(IRecordSink sink, in Inner.RawRecord raw, PendingRecord record)
    {
        lock (_gate)
        {
            if (_line.Count == 0 && sink.TryProduce(topic, raw, out var delivery))
            {
                Follow(record, delivery);
                return;
            }
            _line.Enqueue((record, sink.EnqueueAsync(topic, raw).AsTask()));
            waits(1);
            if (_line.Count == 1) _ = ServeAsync();
        }
    }

    /// <summary>Takes records out of the line as they are accepted, until it is empty.</summary>
    async Task ServeAsync()
    {
        while (true)
        {
            Task first;
            lock (_gate) first = _line.Peek().Accepting;
            await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            lock (_gate)
            {
                var (record, accepting) = _line.Dequeue();
                if (accepting.IsCompletedSuccessfully) Follow(record, accepting.Result);
                else ended(record, FailureOf(accepting));
                waits(-1);
                if (_line.Count == 0) return;
            }
        }
    }

    Inner.ProduceException FailureOf(Task<Inner.Delivery> accepting) => accepting.Exception?.InnerException switch
    {
        Inner.ProduceException failure => failure,
        Inner.KafkaException failure => new Inner.ProduceException(failure.Error, failure.Class, Inner.PersistenceStatus.NotPersisted,
            new Wire.TopicPartition(topic, -1), failure),
        var other => new Inner.ProduceException(new Inner.Error(Inner.LocalErrorCode.Closed, other?.Message ?? "the record was withdrawn"),
            Inner.ErrorClass.Fatal,
            Inner.PersistenceStatus.NotPersisted, new Wire.TopicPartition(topic, -1), other),
    };

    void Follow(PendingRecord record, Inner.Delivery delivery)
    {
        record.Delivery = delivery;
        var partition = delivery.TopicPartition.Partition;
        if (!_partitions.TryGetValue(partition, out var line)) _partitions.Add(partition, line = new PartitionLine(ended));
        line.Add(record);
    }
}
