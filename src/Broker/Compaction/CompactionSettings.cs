namespace Semel.Broker.Compaction;

/// <summary>When and how logs are compacted.</summary>
internal sealed record CompactionSettings
{
    /// <summary>A log is compacted when at least this part of its sealed bytes has not been yet: above 0, up to 1.</summary>
    public double MinCleanableRatio { get; init; } = 0.5;

    /// <summary>How much memory keys may take, in bytes.</summary>
    public long KeyBytes { get; init; } = 16 << 20;

    /// <summary>So many bytes of parts are replaced in one step: the device holds old and new for that long. One part is replaced whatever its size.</summary>
    public long StepBytes { get; init; } = 1L << 30;
}
