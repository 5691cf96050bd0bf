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
    /// <summary>The generation that the record is for takes no more records.</summary>
    Sealed,
}

/// <summary>
/// The open batch of one partition. Callers encode their records straight into it under a short lock; everything later happens without it. The order in
/// which callers get the lock is the order of the records. A batch has records of one generation.
/// </summary>
internal sealed class PartitionAccumulator(TopicPartition name, MemoryBudget memory, Generations generations, Batches batches, CompressionEstimate? compression = null)
{
    const int GrantStep = 16 * 1024;

    readonly Lock _gate = new();
    readonly LinkedList<DeliveryGroup> _unfinished = new();
    BufferedBatch? _open;
    int _batchSizeLimit = batches.Options.BatchSizeBytes;
    int _unfinishedCount;
    bool _lastWasFull;
    bool _isClosed;

    public TopicPartition Name => name;

    /// <summary>That of its topic; null without compression.</summary>
    public CompressionEstimate? Compression => compression;

    /// <summary>Batches that have not ended: how long the partition's queue is.</summary>
    public int UnfinishedCount => Volatile.Read(ref _unfinishedCount);

    /// <summary>Whether a batch that was opened before then has no report.</summary>
    public bool HasUnfinishedFrom(TimeSpan moment)
    {
        lock (_gate) return _unfinished.First is { } oldest && oldest.Value.OpenedAt < moment;
    }

    public AppendOutcome TryAppend(in RawRecord record, in Offer offer, out Delivery delivery)
    {
        delivery = default;
        // The list is the caller's: what is encoded under the lock must not change, or a half-written record would be left.
        var headers = record.Headers is { Count: > 0 } given ? given.ToArray() : null;
        var size = RecordBatchBuilder.LargestSize(record.Key.Length, record.Value.Length, headers);
        if (size + RecordBatchHeader.Size > batches.Options.MaxBatchBytes) return AppendOutcome.TooLarge;
        BufferedBatch? full = null;
        AppendOutcome outcome;
        lock (_gate)
        {
            if (_isClosed) return AppendOutcome.Closed;
            if (offer.GenerationIn(generations) is not { } generation) return AppendOutcome.Sealed;
            if (_open is { } open && (open.Group.Generation != generation || !HasRoom(open, size)))
            {
                full = open;
                _open = null;
                _lastWasFull = open.Group.Generation == generation;
            }
            outcome = TryTake((int)size, generation) ? AppendOutcome.Accepted : AppendOutcome.NeedsMemory;
            if (outcome == AppendOutcome.Accepted) delivery = Append(record, headers, offer);
        }
        if (full is null) return outcome;
        batches.CloseElsewhere(full);
        return outcome == AppendOutcome.Accepted ? AppendOutcome.AcceptedInNewBatch : outcome;
    }

    bool HasRoom(BufferedBatch batch, long size)
    {
        var written = batch.Builder.SizeInBytes;
        if (batches.Options.BatchRecords > 0 && batch.Builder.RecordCount >= batches.Options.BatchRecords) return false;
        return compression is null ? written + size <= _batchSizeLimit : compression.Of(written) + size <= _batchSizeLimit && written + size <= LargestUncompressed;
    }

    /// <summary>What an open batch may have in its array.</summary>
    int LargestUncompressed => compression is null ? _batchSizeLimit : (int)Math.Min(int.MaxValue / 2, (long)CompressionEstimate.MostTimes * _batchSizeLimit);

    bool TryTake(int size, Generation generation)
    {
        if (!memory.TryTakeRecord()) return false;
        if (TryGrant(size, generation)) return true;
        memory.ReturnRecord();
        return false;
    }

    /// <summary>Makes sure that there is an open batch with memory for a record.</summary>
    bool TryGrant(int size, Generation generation)
    {
        if (_open is not { } open) return TryOpen(size, generation);
        var missing = open.Builder.SizeInBytes + size - open.GrantedBytes;
        if (missing <= 0) return true;
        var step = Math.Max(missing, Math.Min(GrantStep, LargestUncompressed - open.GrantedBytes));
        if (!memory.TryTake(step) && !memory.TryTake(step = missing)) return false;
        open.GrantedBytes += step;
        return true;
    }

    bool TryOpen(int size, Generation generation)
    {
        // A whole array at once only where batches get full: idle arrays of many quiet partitions would eat the memory up.
        var fitsWhole = compression is null && _batchSizeLimit == batches.WholeSize && size + RecordBatchHeader.Size <= batches.WholeSize;
        var isPooled = _lastWasFull && fitsWhole && batches.TryTakeWhole();
        long granted = isPooled ? batches.WholeSize : Math.Max(size + RecordBatchHeader.Size, Math.Min(GrantStep, _batchSizeLimit));
        if (!isPooled && !memory.TryTake(granted) && !memory.TryTake(granted = size + RecordBatchHeader.Size)) return false;
        var group = new DeliveryGroup(name, generation, batches.Now);
        _unfinished.AddLast(group);
        _unfinishedCount++;
        _open = batches.Open(this, group, granted, LargestUncompressed, isPooled);
        return true;
    }

    Delivery Append(in RawRecord record, RecordHeader[]? headers, in Offer offer)
    {
        var batch = _open!;
        batch.GrantedRecords++;
        if (!batch.Builder.TryAppend(offer.Timestamp, record.Key, !record.HasKey, record.Value, !record.HasValue, headers))
            throw new InvalidOperationException("a batch refused a record for which it had room");
        return batch.Group.Add(offer.Timestamp, offer.Callback);
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

    /// <summary>What is open of this generation, or of an earlier one, takes no more records and lingers no longer.</summary>
    public void Seal(Generation generation)
    {
        BufferedBatch? sealedBatch;
        lock (_gate)
        {
            if (_open is not { } open || open.Group.Generation.Number > generation.Number) return;
            (sealedBatch, _open) = (open, null);
        }
        batches.CloseElsewhere(sealedBatch);
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
        if (sealedBatch is not null) batches.CloseElsewhere(sealedBatch);
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
