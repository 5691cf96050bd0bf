using Semel.Client.Connections;
using Semel.Client.Consuming;
using Semel.Client.Grouping;

namespace Semel.Client.Configuration;

/// <summary>What a consumer runs with: every value checked, related to the others and final.</summary>
internal sealed record ConsumerOptions
{
    public required ConnectionOptions Connections { get; init; }
    public IsolationLevel Isolation { get; init; } = IsolationLevel.ReadCommitted;
    public ResetPolicy Reset { get; init; } = new(ResetKind.Latest);
    /// <summary>On partitions that appear while the group runs.</summary>
    public ResetPolicy ResetNew { get; init; } = new(ResetKind.Earliest);
    /// <summary>Null without group.id.</summary>
    public GroupOptions? Group { get; init; }
    public StoreTiming StoreTiming { get; init; } = StoreTiming.OnNext;
    /// <summary>What is finished is committed by interval, when partitions go, and at the end.</summary>
    public bool CommitsByItself { get; init; }
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(30);
    public int FetchMinBytes { get; init; } = 1;
    public TimeSpan FetchMaxWait { get; init; } = TimeSpan.FromMilliseconds(500);
    public int FetchMaxBytes { get; init; } = 50 << 20;
    public int PartitionFetchMaxBytes { get; init; } = 1 << 20;
    /// <summary>For fetched data that was not yet released.</summary>
    public long QueuedMaxBytes { get; init; } = 64L << 20;
    public int PullRecords { get; init; } = 500;
    public bool CheckCrcs { get; init; } = true;
    public string Rack { get; init; } = "";
    public bool TellsPartitionEnd { get; init; }
    public bool AllowAutoCreate { get; init; }
    public int DecompressedBatchMaxBytes { get; init; } = 100 << 20;
    public TimeSpan ApiTimeout { get; init; } = TimeSpan.FromMinutes(1);
    public EffectiveConfig? Effective { get; init; }

    public TimeProvider Time => Connections.TimeProvider;
    /// <summary>The first pause before a failed fetch is tried again; null for that of everything else.</summary>
    public TimeSpan? FetchErrorBackoff { get; init; }
    internal FetchPauses Pauses => new(FetchErrorBackoff is { } first ? new(first, first > Connections.RetryBackoffMax ? first : Connections.RetryBackoffMax) : Connections.Retrying, Connections.MetadataMaxAge);
}
