using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>
/// One assigned partition: its position, and what was fetched of it on the way to the application: fetched chunks that wait for a decoder, then
/// decoded ones that wait for a pull. All of it belongs to the machine; decoding itself happens beside it, and one decoder at a time works for a partition.
/// </summary>
internal sealed class PartitionFeed(PartitionPosition position, TopicCounter? counter = null)
{
    public PartitionPosition Position => position;
    /// <summary>That of its topic.</summary>
    public TopicCounter Counter { get; } = counter ?? new TopicCounter();
    public Queue<FetchedChunk> Fetched { get; } = new();
    /// <summary>What is left of a chunk whose first batches are decoded; comes before all in <see cref="Fetched"/>.</summary>
    public FetchedChunk? Rest { get; set; }
    public Queue<DecodedChunk> Decoded { get; } = new();
    public bool IsDecoding { get; set; }
    /// <summary>Whether it stands in the line of those that have something to decompress, and need memory for that.</summary>
    public bool IsWaiting { get; set; }
    /// <summary>Memory that its decoder may use for the next batch.</summary>
    public long Granted { get; set; }
    /// <summary>Whether it stands in the line of those that have something to hand out.</summary>
    public bool IsReady { get; set; }
    /// <summary>Records of it are in the application's hands: it has not come back for more since.</summary>
    public bool IsInHand { get; set; }
    public bool IsUnassigned { get; set; }
    /// <summary>Its place in the order in which partitions are asked for (C-24).</summary>
    public LinkedListNode<PartitionFeed>? FetchTurn { get; set; }
    /// <summary>Fetched and not yet handed out.</summary>
    public long BufferedBytes { get; set; }
    /// <summary>The fetch epoch for which a broker is being asked about the position; -1 for none.</summary>
    public int LookUpEpoch { get; set; } = -1;
    /// <summary>Whatever the shell keeps beside the partition; the machine never looks at it.</summary>
    public object? Companion { get; set; }

    /// <summary>Whether records may be handed out and decoded.</summary>
    public bool IsServed => !IsUnassigned && !position.IsPaused && !position.IsBarred;

    /// <summary>What is to be decoded next; null when nothing is.</summary>
    public FetchedChunk? Next => Rest ?? (Fetched.TryPeek(out var next) ? next : null);

    public FetchedChunk? TakeNext()
    {
        if (Rest is not { } rest) return Fetched.TryDequeue(out var next) ? next : null;
        Rest = null;
        return rest;
    }
}
