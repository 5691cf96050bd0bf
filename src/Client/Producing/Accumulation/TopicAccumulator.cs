using Semel.Client.Metadata;
using Semel.Client.Producing.Partitioning;

namespace Semel.Client.Producing.Accumulation;

/// <summary>The partitions of one topic, and the choice between them. Thread safe.</summary>
internal sealed class TopicAccumulator(string name, MemoryBudget memory, Generations generations, Batches batches, IPartitioner? custom)
{
    /// <summary>Sticking longer than this to one partition gains nothing, however large batches may become.</summary>
    const int MostStickyBytes = 65536;

    readonly Lock _gate = new();
    readonly CompressionEstimate? _compression = batches.Options.Compression == CompressionCodec.None ? null : new();
    readonly StickyChoice _sticky = new(Math.Min(batches.Options.BatchSizeBytes, MostStickyBytes), batches.Options.StickyLinger);
    // What the choice is, what was put there since, of that what the choice was told, and when it is told next.
    int _stickyPartition = -1;
    long _stickyBytes, _toldStickyBytes, _askStickyAt;
    PartitionAccumulator[] _partitions = [];
    TopicMetadata? _metadata;
    int _fetching;
    int _waiting;
    bool _isClosed;

    int EnoughStickyBytes => Math.Min(batches.Options.BatchSizeBytes, MostStickyBytes);

    public string Name => name;
    public PartitionAccumulator[] Partitions => Volatile.Read(ref _partitions);

    /// <summary>Why the last attempt to learn of the topic failed; null when a broker answered.</summary>
    public string? LookupFailure { get; set; }

    /// <summary>Calls that wait for this topic or behind one that does.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting);
    public void AddWaiting(int count) => Interlocked.Add(ref _waiting, count);

    public bool TryBeginFetch() => Interlocked.CompareExchange(ref _fetching, 1, 0) == 0;
    public void EndFetch() => Volatile.Write(ref _fetching, 0);

    public bool Has(int? partition) => partition is { } number ? (uint)number < (uint)Partitions.Length : Partitions.Length > 0;

    /// <summary>Takes what the cluster said. The machine hears of it before any record can come for a new partition.</summary>
    public void Update(TopicMetadata metadata)
    {
        lock (_gate)
        {
            if (ReferenceEquals(metadata, _metadata)) return;
            Volatile.Write(ref _metadata, metadata);
            var leaders = metadata.Partitions.Select(partition => new PartitionLeader(partition.Partition, partition.LeaderId, partition.LeaderEpoch)).ToArray();
            batches.Post(new TopicSeen(name, metadata.TopicId, metadata.Error, leaders));
            if (_isClosed || metadata.Error != ErrorCode.None || metadata.Partitions.Count <= _partitions.Length) return;
            var more = new PartitionAccumulator[metadata.Partitions.Count];
            _partitions.CopyTo(more, 0);
            for (var number = _partitions.Length; number < more.Length; number++) more[number] = new PartitionAccumulator(new TopicPartition(name, number), memory, generations, batches, _compression);
            Volatile.Write(ref _partitions, more);
        }
    }

    /// <summary>No record is accepted from here on.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
        foreach (var partition in Partitions) partition.Close();
    }

    public AppendOutcome TryAppend(in RawRecord record, in Offer offer, out Delivery delivery)
    {
        var partitions = Partitions;
        if (Volatile.Read(ref _isClosed))
        {
            delivery = default;
            return AppendOutcome.Closed;
        }
        if (record.Partition is { } explicitly)
        {
            delivery = default;
            return (uint)explicitly < (uint)partitions.Length ? partitions[explicitly].TryAppend(record, offer, out delivery) : AppendOutcome.NeedsMetadata;
        }
        if (partitions.Length == 0)
        {
            delivery = default;
            return AppendOutcome.NeedsMetadata;
        }
        if (Place(record, partitions.Length) is { } placed) return partitions[placed].TryAppend(record, offer, out delivery);
        return AppendSticky(partitions, record, offer, out delivery);
    }

    int? Place(in RawRecord record, int count)
    {
        if (custom is not null) return Choose(custom, record, count);
        return batches.Options.IgnoreKeys ? null : KeyPlacement.Place(batches.Options.Partitioner, record.Key, !record.HasKey, count);
    }

    int Choose(IPartitioner partitioner, in RawRecord record, int count)
    {
        try
        {
            var chosen = partitioner.Choose(name, record.Key, !record.HasKey, record.Value, count);
            return (uint)chosen < (uint)count ? chosen
                : throw new InvalidOperationException($"the partitioner chose partition {chosen} of topic {name}, which has partitions 0 to {count - 1}");
        }
        catch (Exception failure)
        {
            throw Refusals.NoPartition(new TopicPartition(name, -1), failure);
        }
    }

    AppendOutcome AppendSticky(PartitionAccumulator[] partitions, in RawRecord record, in Offer offer, out Delivery delivery)
    {
        if (partitions.Length == 1) return partitions[0].TryAppend(record, offer, out delivery);
        var partition = Volatile.Read(ref _stickyPartition);
        if ((uint)partition >= (uint)partitions.Length) partition = ChooseSticky(partitions);
        var outcome = partitions[partition].TryAppend(record, offer, out delivery);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch)
        {
            var bytes = Interlocked.Add(ref _stickyBytes, record.Key.Length + record.Value.Length);
            var hasClosed = outcome == AppendOutcome.AcceptedInNewBatch;
            // Below that nothing can follow from it, and most records pay for no lock and no look at the clock.
            if (bytes >= Volatile.Read(ref _askStickyAt) || (hasClosed && bytes >= EnoughStickyBytes)) NoteSticky(partition, bytes, hasClosed);
        }
        return outcome;
    }

    int ChooseSticky(PartitionAccumulator[] partitions)
    {
        lock (_gate)
        {
            if ((uint)_stickyPartition < (uint)partitions.Length) return _stickyPartition;
            var drawn = Draw(partitions);
            _sticky.Choose(drawn, batches.Now);
            _stickyBytes = _toldStickyBytes = 0;
            _askStickyAt = batches.Options.StickyLinger == TimeSpan.Zero ? 0 : EnoughStickyBytes;
            Volatile.Write(ref _stickyPartition, drawn);
            return drawn;
        }
    }

    void NoteSticky(int partition, long bytes, bool hasClosed)
    {
        lock (_gate)
        {
            if (_sticky.Current != partition || bytes <= _toldStickyBytes) return;
            _sticky.Put((int)(bytes - _toldStickyBytes), hasClosed, batches.Now);
            _toldStickyBytes = bytes;
            Volatile.Write(ref _askStickyAt, bytes + EnoughStickyBytes / 16);
            Volatile.Write(ref _stickyPartition, _sticky.Current);
        }
    }

    int Draw(PartitionAccumulator[] partitions)
    {
        Span<int> lengths = partitions.Length <= 256 ? stackalloc int[partitions.Length] : new int[partitions.Length];
        Fill(lengths, partitions, batches.Options.AvailabilityTimeout);
        var drawn = StickyChoice.Draw(lengths, batches.Options.AdaptivePartitioning, Random.Shared.NextDouble());
        if (drawn >= 0) return drawn;
        // All are silent.
        Fill(lengths, partitions, TimeSpan.Zero);
        drawn = StickyChoice.Draw(lengths, batches.Options.AdaptivePartitioning, Random.Shared.NextDouble());
        // Nobody leads anything: any is as good as another.
        return drawn >= 0 ? drawn : Random.Shared.Next(partitions.Length);
    }

    /// <summary>How long the partitions' queues are; -1 for one that is not to be chosen: it has no leader, or no batch of it was answered for so long.</summary>
    void Fill(Span<int> lengths, PartitionAccumulator[] partitions, TimeSpan silence)
    {
        var silentSince = batches.Now - batches.Options.Linger - silence;
        for (var number = 0; number < partitions.Length; number++)
        {
            var isChosen = _metadata?.Find(number) is { HasLeader: true } && (silence == TimeSpan.Zero || !partitions[number].HasUnfinishedFrom(silentSince));
            lengths[number] = isChosen ? partitions[number].UnfinishedCount : -1;
        }
    }
}
