namespace Semel.Client.Producing.Accumulation;

/// <summary>What one producer counts for its statistics, once per batch. Thread safe.</summary>
internal sealed class ProducerCounters
{
    long _recordsAccepted, _bytesAccepted, _batchesClosed, _recordsPersisted, _bytesPersisted, _recordsFailed, _recordsPossiblyPersisted, _unobserved;
    long _lateAcknowledgements, _retries, _splits, _bumps, _suspicions, _requests, _latencyTicks, _throttleTicks;

    public void Closed(int records, long bytes)
    {
        Interlocked.Add(ref _recordsAccepted, records);
        Interlocked.Add(ref _bytesAccepted, bytes);
        Interlocked.Increment(ref _batchesClosed);
    }

    public void Ended(int records, int bytes, PersistenceStatus status)
    {
        switch (status)
        {
            case PersistenceStatus.Persisted:
                Interlocked.Add(ref _recordsPersisted, records);
                Interlocked.Add(ref _bytesPersisted, bytes);
                break;
            case PersistenceStatus.PossiblyPersisted: Interlocked.Add(ref _recordsPossiblyPersisted, records); break;
            default: Interlocked.Add(ref _recordsFailed, records); break;
        }
    }

    public void Refused(PersistenceStatus status) => Ended(1, 0, status);
    public void Unobserved(int records) => Interlocked.Add(ref _unobserved, records);

    public void Answered(TimeSpan latency, TimeSpan throttle)
    {
        Interlocked.Increment(ref _requests);
        Volatile.Write(ref _latencyTicks, latency.Ticks);
        Interlocked.Add(ref _throttleTicks, throttle.Ticks);
    }

    public void Happened(ProducerEvent happened)
    {
        switch (happened)
        {
            case LateAcknowledgement: Interlocked.Increment(ref _lateAcknowledgements); break;
            case DeliveryRetried: Interlocked.Increment(ref _retries); break;
            case BatchSplit: Interlocked.Increment(ref _splits); break;
            case EpochBumped: Interlocked.Increment(ref _bumps); break;
            case DataLossSuspected: Interlocked.Increment(ref _suspicions); break;
        }
    }

    public ProducerStatistics Picture(Admission admission) => new()
    {
        RecordsAccepted = Volatile.Read(ref _recordsAccepted), BytesAccepted = Volatile.Read(ref _bytesAccepted), BatchesClosed = Volatile.Read(ref _batchesClosed),
        RecordsPersisted = Volatile.Read(ref _recordsPersisted), BytesPersisted = Volatile.Read(ref _bytesPersisted), RecordsFailed = Volatile.Read(ref _recordsFailed),
        RecordsPossiblyPersisted = Volatile.Read(ref _recordsPossiblyPersisted), UnobservedFailures = Volatile.Read(ref _unobserved),
        LateAcknowledgements = Volatile.Read(ref _lateAcknowledgements), Retries = Volatile.Read(ref _retries), Splits = Volatile.Read(ref _splits),
        EpochBumps = Volatile.Read(ref _bumps), DataLossSuspicions = Volatile.Read(ref _suspicions), RequestsAnswered = Volatile.Read(ref _requests),
        LastRequestLatency = new TimeSpan(Volatile.Read(ref _latencyTicks)), ThrottleTime = new TimeSpan(Volatile.Read(ref _throttleTicks)),
        BufferedBytes = admission.Memory.Used, BufferLimit = admission.Memory.Limit, Waiting = admission.Room.Count,
        Queues = [.. admission.Topics.Partitions.Where(static partition => partition.UnfinishedCount > 0)
            .Select(static partition => new PartitionQueue(partition.Name, partition.UnfinishedCount))],
    };
}
