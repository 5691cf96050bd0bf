using Semel.Client.Configuration;
using Semel.Codecs;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// The bytes of batches, from the first record to the last use: opened for a partition, closed when they take no more records, given back when nobody reads them any
/// more. And the way to the machine, which hears of each step. Thread safe; takes no lock of its own.
/// </summary>
/// <param name="counters">Counts what was closed.</param>
/// <param name="post">The way to the machine; returns at once.</param>
/// <param name="now">The producer's clock.</param>
/// <param name="closeElsewhere">Calls <see cref="Close"/> on another thread; null for one of the pool.</param>
internal sealed class Batches(ProducerOptions options, MemoryBudget memory, CompletionPump pump, ProducerCounters counters, Action<ProducerInput> post, Func<TimeSpan> now,
    Action<BufferedBatch>? closeElsewhere = null) : IDisposable
{
    readonly BuilderPool _builders = new(options.BatchSizeBytes, (int)Math.Clamp(options.BufferBytes / options.BatchSizeBytes / 2, 1, 32));
    long _openWhole;

    public ProducerOptions Options => options;
    public TimeSpan Now => now();

    /// <summary>Bytes of a batch that gets its array at once.</summary>
    public int WholeSize => _builders.SizeInBytes;

    /// <summary>
    /// Takes the memory for a batch that gets its array at once, before it is opened. Together the open ones have half of the memory at most; those that are closed
    /// have what they need.
    /// </summary>
    public bool TryTakeWhole()
    {
        if (Interlocked.Add(ref _openWhole, WholeSize) <= memory.Limit / 2 && memory.TryTake(WholeSize)) return true;
        Interlocked.Add(ref _openWhole, -WholeSize);
        return false;
    }

    public void Post(ProducerInput input) => post(input);

    /// <summary>A batch for a record that comes now. Its memory has been taken. Called under the partition's lock.</summary>
    /// <param name="sizeLimit">Of a builder that does not come from the pool.</param>
    public BufferedBatch Open(PartitionAccumulator owner, DeliveryGroup group, long grantedBytes, int sizeLimit, bool isPooled)
    {
        var batch = new BufferedBatch(owner, isPooled ? _builders.Rent() : new RecordBatchBuilder(sizeLimit), group, Now, grantedBytes, isPooled);
        post(new BatchOpened(batch));
        return batch;
    }

    /// <summary>A batch takes no more records: compresses, sums, and tells the machine.</summary>
    public void Close(BufferedBatch batch)
    {
        if (batch.IsPooled) Interlocked.Add(ref _openWhole, -WholeSize);
        var uncompressed = batch.UncompressedBytes = batch.Builder.SizeInBytes;
        counters.Closed(batch.Builder.RecordCount, uncompressed);
        batch.Builder.Close(options.Compression, options.CompressionLevel, CodecTable.All);
        var (count, size) = (batch.Builder.RecordCount, batch.Builder.SizeInBytes);
        batch.Owner.Compression?.Note(uncompressed, size);
        // What a compressed or half-filled batch did not need is free again. A pooled array is as large as it is, full or not.
        if (!batch.IsPooled && batch.GrantedBytes > size)
        {
            memory.Return(batch.GrantedBytes - size);
            batch.GrantedBytes = size;
        }
        ProducerMetrics.Closed(count, size);
        post(new BatchSealed(batch, count, size));
    }

    /// <summary>The same without holding up whoever found the batch full.</summary>
    public void CloseElsewhere(BufferedBatch batch)
    {
        if (closeElsewhere is not null) closeElsewhere(batch);
        else ThreadPool.UnsafeQueueUserWorkItem(static work => work.Batches.Close(work.Batch), (Batches: this, Batch: batch), preferLocal: false);
    }

    /// <summary>Where there are handlers, the memory counts as used until they have run.</summary>
    public void GiveBack(BufferedBatch batch)
    {
        if (batch.HadCallbacks) pump.Post(() => Return(batch));
        else Return(batch);
    }

    void Return(BufferedBatch batch)
    {
        if (batch.IsPooled && options.Compression == CompressionCodec.None) _builders.Return(batch.Builder);
        else batch.Builder.Dispose();
        memory.Return(batch.GrantedBytes, batch.GrantedRecords);
    }

    public void Dispose() => _builders.Dispose();
}
