namespace Semel.Client.Producing.Accumulation;

/// <summary>What came of offering a record.</summary>
internal enum AppendOutcome
{
    Accepted,
    /// <summary>Accepted, and the batch before was full.</summary>
    AcceptedInNewBatch,
    NeedsMemory,
    TooLarge,
    Closed,
    /// <summary>The topic or the partition is not known yet.</summary>
    NeedsMetadata,
    /// <summary>Somebody came before and still waits.</summary>
    MustQueue,
}

/// <summary>
/// The open batch of one partition. Callers encode their records straight into it under a short lock; everything later happens without it. The order in
/// which callers get the lock is the order of the records.
/// </summary>
internal sealed class PartitionAccumulator(TopicPartition name, IAccumulatorPort port)
{
    const int GrantStep = 16 * 1024;

    readonly Lock _gate = new();
    readonly LinkedList<DeliveryGroup> _unfinished = new();
    BufferedBatch? _open;
    int _batchSizeLimit = port.Options.BatchSizeBytes;
    int _unfinishedCount;
    bool _lastWasFull;
    bool _isClosed;

    public TopicPartition Name => name;

    /// <summary>Batches that have not ended: how long the partition's queue is.</summary>
    public int UnfinishedCount => Volatile.Read(ref _unfinishedCount);

    public AppendOutcome TryAppend(in RawRecord record, long timestamp, DeliveryCallback? callback, out Delivery delivery)
    {
        delivery = default;
        // The list is the caller's: what is encoded under the lock must not change, or a half-written record would be left.
        var headers = record.Headers is { Count: > 0 } given ? given.ToArray() : null;
        var size = RecordBatchBuilder.LargestSize(record.Key.Length, record.Value.Length, headers);
        if (size + RecordBatchHeader.Size > port.Options.MaxBatchBytes) return AppendOutcome.TooLarge;
        BufferedBatch? full = null;
        AppendOutcome outcome;
        lock (_gate)
        {
            if (_isClosed) return AppendOutcome.Closed;
            if (_open is { } open && !HasRoom(open, size))
            {
                full = open;
                _open = null;
                _lastWasFull = true;
            }
            outcome = TryTake((int)size) ? AppendOutcome.Accepted : AppendOutcome.NeedsMemory;
            if (outcome == AppendOutcome.Accepted) delivery = Append(record, headers, timestamp, callback);
        }
        if (full is null) return outcome;
        port.CloseElsewhere(full);
        return outcome == AppendOutcome.Accepted ? AppendOutcome.AcceptedInNewBatch : outcome;
    }

    bool HasRoom(BufferedBatch batch, long size) =>
        batch.Builder.SizeInBytes + size <= _batchSizeLimit && (port.Options.BatchRecords == 0 || batch.Builder.RecordCount < port.Options.BatchRecords);

    bool TryTake(int size)
    {
        if (!port.Memory.TryTakeRecord()) return false;
        if (TryGrant(size)) return true;
        port.Memory.ReturnRecord();
        return false;
    }

    /// <summary>Makes sure that there is an open batch with memory for a record.</summary>
    bool TryGrant(int size)
    {
        if (_open is not { } open) return TryOpen(size);
        var missing = open.Builder.SizeInBytes + size - open.GrantedBytes;
        if (missing <= 0) return true;
        var step = Math.Max(missing, Math.Min(GrantStep, _batchSizeLimit - open.GrantedBytes));
        if (!port.Memory.TryTake(step) && !port.Memory.TryTake(step = missing)) return false;
        open.GrantedBytes += step;
        return true;
    }

    bool TryOpen(int size)
    {
        var builders = port.Builders;
        // A whole array at once only where batches get full, and while there is plenty: idle arrays of many quiet partitions would eat the memory up.
        var isPooled = _lastWasFull && _batchSizeLimit == builders.SizeInBytes && size + RecordBatchHeader.Size <= builders.SizeInBytes && port.Memory.Free >= port.Memory.Limit / 2;
        long granted = isPooled ? builders.SizeInBytes : Math.Max(size + RecordBatchHeader.Size, Math.Min(GrantStep, _batchSizeLimit));
        if (!port.Memory.TryTake(granted))
        {
            isPooled = false;
            granted = size + RecordBatchHeader.Size;
            if (!port.Memory.TryTake(granted)) return false;
        }
        var group = new DeliveryGroup(name);
        _unfinished.AddLast(group);
        _unfinishedCount++;
        _open = new BufferedBatch(this, isPooled ? builders.Rent() : new RecordBatchBuilder(_batchSizeLimit), group, port.Now, granted, isPooled);
        port.Post(new BatchOpened(_open));
        return true;
    }

    Delivery Append(in RawRecord record, RecordHeader[]? headers, long timestamp, DeliveryCallback? callback)
    {
        var batch = _open!;
        batch.GrantedRecords++;
        if (!batch.Builder.TryAppend(timestamp, record.Key, !record.HasKey, record.Value, !record.HasValue, headers))
            throw new InvalidOperationException("a batch refused a record for which it had room");
        return batch.Group.Add(timestamp, callback);
    }

    /// <summary>Lets a batch take no more records.</summary>
    /// <returns>False when somebody did before.</returns>
    public bool TrySeal(BufferedBatch batch)
    {
        lock (_gate)
        {
            if (_open != batch) return false;
            _open = null;
            _lastWasFull = false;
            return true;
        }
    }

    /// <summary>Seals the open batch and tells the flush every batch that has not ended.</summary>
    public void Flush(FlushWait flush)
    {
        BufferedBatch? sealedBatch;
        lock (_gate)
        {
            (sealedBatch, _open) = (_open, null);
            foreach (var group in _unfinished) flush.Add(group);
        }
        if (sealedBatch is not null) port.CloseElsewhere(sealedBatch);
    }

    /// <summary>The open batch lingers no longer.</summary>
    public void Seal()
    {
        BufferedBatch? sealedBatch;
        lock (_gate) (sealedBatch, _open) = (_open, null);
        if (sealedBatch is not null) port.CloseElsewhere(sealedBatch);
    }

    /// <summary>No record is accepted from here on.</summary>
    public void Close()
    {
        BufferedBatch? sealedBatch;
        lock (_gate)
        {
            _isClosed = true;
            (sealedBatch, _open) = (_open, null);
        }
        if (sealedBatch is not null) port.CloseElsewhere(sealedBatch);
    }

    public DeliveryGroup[] Unfinished()
    {
        lock (_gate) return [.. _unfinished];
    }

    public void Finish(DeliveryGroup group)
    {
        lock (_gate)
        {
            // Nearly always the first: batches end in order.
            _unfinished.Remove(group);
            _unfinishedCount--;
        }
    }

    /// <summary>A broker took no batch of that size: later ones are made smaller from the start.</summary>
    public void LowerBatchSize(int bytes)
    {
        lock (_gate) _batchSizeLimit = Math.Min(_batchSizeLimit, Math.Max(bytes, RecordBatchHeader.Size));
    }
}
