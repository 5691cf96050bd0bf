using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>A broker's answer about one partition, in this client's words.</summary>
internal readonly record struct FetchAnswer(NodeId From, ErrorCode Error, FetchedRange Range, ReadOnlyMemory<byte> Records)
{
    /// <summary>The session's answer leaves the partition out: nothing is new, and what is known of it holds.</summary>
    public bool IsUnchanged { get; init; }
    public long HighWatermark { get; init; }
    public long LastStableOffset { get; init; }
    public long LogStartOffset { get; init; }
    public NodeId PreferredReplica { get; init; }
    /// <summary>The leader epoch that the request named.</summary>
    public int LeaderEpoch { get; init; }
    /// <summary>Where the broker's log and ours part, when they do so before the position.</summary>
    public (int LeaderEpoch, long Offset)? Diverging { get; init; }

    public string FirstBytes() => Convert.ToHexString(Records.Span[..Math.Min(64, Records.Length)]);
}

/// <summary>What follows from an answer for those around the position. More than one may.</summary>
[Flags]
internal enum FetchActions
{
    Nothing = 0,
    /// <summary>The records are to be decoded and delivered.</summary>
    Data = 1,
    /// <summary>Nothing is left to read for now.</summary>
    AtEnd = 2,
    /// <summary>The metadata is out of date.</summary>
    Refresh = 4,
    /// <summary>The leader's log is not the one that was read so far: <see cref="PartitionPosition.Diverge"/>.</summary>
    Diverges = 8,
    /// <summary><see cref="FetchOutcome.Ending"/> goes behind what was fetched before.</summary>
    Ending = 16,
}

/// <param name="Actions">What to do.</param>
internal readonly record struct FetchOutcome(FetchActions Actions)
{
    public static readonly FetchOutcome Nothing = new(FetchActions.Nothing);
    public ChunkEnding Ending { get; init; }
    /// <summary>To be told at once: it stops nothing.</summary>
    public PartitionFault? Fault { get; init; }
    public bool Has(FetchActions action) => (Actions & action) != 0;
}

/// <summary>How long to wait before trying again, and how long to believe in a nearer replica.</summary>
internal readonly record struct FetchPauses(Backoff Backoff, TimeSpan PreferredReplica)
{
    public TimeSpan Retry(int failures) => Backoff.After(failures);
}

/// <summary>One partition's answer with the plan's entry that it answers.</summary>
internal readonly record struct PlannedAnswer(PlannedFetch Fetch, FetchAnswer Answer, IReadOnlyList<AbortedTransaction> Aborted);
