using Semel.Client.Connections;
using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Client.Consuming.Chunks;

/// <summary>The memory of one fetch answer, shared by the partitions that have a part in it. When the last has let go it is returned and no longer counted. Thread safe.</summary>
internal sealed class FetchedFrame(ResponseFrame frame, Action<long> released)
{
    int _holders = 1;

    /// <summary>What counts against queued.max.messages.kbytes.</summary>
    public int SizeInBytes { get; } = frame.Length;

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        frame.Release();
        released(SizeInBytes);
    }
}

/// <summary>One partition's part of a fetch answer, as it came.</summary>
/// <param name="Epoch">The fetch epoch under which it was asked for.</param>
/// <param name="FetchOffset">The first offset that is wanted.</param>
/// <param name="Frame">Held by this chunk. Null when there are no records: the chunk is only an ending.</param>
internal sealed record FetchedChunk(PartitionFeed Feed, int Epoch, long FetchOffset, ReadOnlyMemory<byte> Records,
    IReadOnlyList<AbortedTransaction> Aborted, FetchedFrame? Frame, ChunkEnding Ending)
{
    /// <summary>Behind the batch before the first one here, when there was one.</summary>
    public long AfterOffset { get; init; }

    /// <summary>Where the filter stands when batches before these were decoded; null when none were.</summary>
    public ReadCommittedFilter? Filter { get; init; }

    /// <summary>What will probably come out of the first batch; 0 when it is not compressed.</summary>
    public long ExpectedBytes => DecompressedBatch.ExpectedBytes(Records.Span, CodecTable.All);
}
