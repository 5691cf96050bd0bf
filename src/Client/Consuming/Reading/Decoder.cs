using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>Decodes what one partition has waiting, on a thread of the pool, until enough is ahead or the memory is full. The machine starts it once at a time.</summary>
internal sealed class Decoder(PartitionFeed feed, GuardedMachine guarded, ConsumerOptions options) : IThreadPoolWorkItem
{
    public void Execute()
    {
        while (Take(out var granted) is { } fetched)
        {
            var (decoded, rest) = Decode(fetched, granted);
            using var turn = guarded.Enter();
            turn.Machine.Decoded(decoded, rest);
        }
    }

    FetchedChunk? Take(out long granted)
    {
        using var turn = guarded.Enter();
        return turn.Machine.NextToDecode(feed, out granted);
    }

    (DecodedChunk Decoded, FetchedChunk? Left) Decode(FetchedChunk fetched, long granted)
    {
        try
        {
            return ChunkDecoder.Decode(fetched, options, guarded.Memory, granted);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Not a fault of the data that anybody foresaw, but no reason to end the process.
            fetched.Frame?.Release();
            var fault = new PartitionFault(ConsumeFault.CorruptRecord, feed.Position.Partition, fetched.FetchOffset, null, ErrorCode.CorruptMessage,
                $"decoding {feed.Position.Partition} from offset {fetched.FetchOffset} on failed: {failure.Message}");
            return (new DecodedChunk(feed, fetched.Epoch, guarded.Memory, granted: 0)
            {
                NextOffset = fetched.FetchOffset, Ending = ChunkEnding.Of(fault), FetchedBytes = fetched.Records.Length,
            }, null);
        }
    }
}
