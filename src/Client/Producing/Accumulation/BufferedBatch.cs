namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// A batch with its bytes. Records are added under its partition's lock while it is open; closed, its bytes belong to the machine's loop, which stamps and sends them;
/// they are given back once the machine has forgotten the batch and no socket reads them any more, whichever comes last.
/// </summary>
internal sealed class BufferedBatch(PartitionAccumulator owner, RecordBatchBuilder builder, DeliveryGroup group, TimeSpan acceptedAt, long grantedBytes, bool isPooled)
    : ProducerBatch(owner.Name, acceptedAt)
{
    const int Idle = 0, Sending = 1, Released = 2, ReleasedWhileSending = 3;

    int _use = Idle;

    public PartitionAccumulator Owner => owner;
    public RecordBatchBuilder Builder => builder;
    public DeliveryGroup Group => group;

    /// <summary>Whether the builder came from the pool and goes back there.</summary>
    public bool IsPooled => isPooled;

    /// <summary>Taken from the producer's memory for this batch.</summary>
    public long GrantedBytes { get; set; } = grantedBytes;

    /// <summary>Its bytes before it was closed; 0 for one that was encoded anew.</summary>
    public int UncompressedBytes { get; set; }

    /// <summary>Counted against the limit of records for this batch.</summary>
    public int GrantedRecords { get; set; }

    /// <summary>Which of the group's records these are, in order; null when they are all of them.</summary>
    public int[]? Indexes { get; init; }

    /// <summary>Handlers were posted for its records: its memory is given back behind them.</summary>
    public bool HadCallbacks { get; set; }

    /// <returns>False when the batch was released: it must not be sent any more.</returns>
    public bool TryBeginSend() => Interlocked.CompareExchange(ref _use, Sending, Idle) == Idle;

    /// <returns>Whether the batch was released meanwhile: the caller gives its memory back.</returns>
    public bool EndSend() => Interlocked.CompareExchange(ref _use, Idle, Sending) == ReleasedWhileSending;

    /// <returns>Whether nobody uses the bytes: the caller gives the memory back. Otherwise the end of the sending tells.</returns>
    public bool TryRelease()
    {
        if (Interlocked.CompareExchange(ref _use, Released, Idle) == Idle) return true;
        Interlocked.CompareExchange(ref _use, ReleasedWhileSending, Sending);
        return false;
    }
}
