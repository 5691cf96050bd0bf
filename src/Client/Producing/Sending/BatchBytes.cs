using Semel.Client.Configuration;
using Semel.Client.Producing.Accumulation;
using Semel.Codecs;

namespace Semel.Client.Producing.Sending;

/// <summary>What becomes of a batch's bytes: closed when it takes no more records, given back when nobody reads them any more. Thread safe.</summary>
/// <param name="post">The way to the machine.</param>
internal sealed class BatchBytes(ProducerOptions options, MemoryBudget memory, BuilderPool builders, CompletionPump pump, Action<ProducerInput> post)
{
    /// <summary>Compresses, sums, and tells the machine.</summary>
    public void Close(BufferedBatch batch)
    {
        batch.Builder.Close(options.Compression, options.CompressionLevel, CodecTable.All);
        var (count, size) = (batch.Builder.RecordCount, batch.Builder.SizeInBytes);
        // What a compressed or half-filled batch did not need is free again. A pooled array is as large as it is, full or not.
        if (!batch.IsPooled && batch.GrantedBytes > size)
        {
            memory.Return(batch.GrantedBytes - size);
            batch.GrantedBytes = size;
        }
        post(new BatchSealed(batch, count, size));
    }

    public void CloseElsewhere(BufferedBatch batch) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Bytes.Close(work.Batch), (Bytes: this, Batch: batch), preferLocal: false);

    /// <summary>Where there are handlers, the memory counts as used until they have run.</summary>
    public void GiveBack(BufferedBatch batch)
    {
        if (batch.HadCallbacks) pump.Post(() => Return(batch));
        else Return(batch);
    }

    void Return(BufferedBatch batch)
    {
        if (batch.IsPooled && options.Compression == CompressionCodec.None) builders.Return(batch.Builder);
        else batch.Builder.Dispose();
        memory.Return(batch.GrantedBytes, batch.GrantedRecords);
    }
}
