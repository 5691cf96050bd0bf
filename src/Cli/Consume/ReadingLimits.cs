namespace Semel.Cli.Consume;

/// <summary>When reading ends by itself.</summary>
/// <param name="Count">After so many records; null for no such end.</param>
/// <param name="AtEnd">When each partition's end was reached.</param>
/// <param name="Silence">When no record came for so long; null for no such end.</param>
public sealed record ReadingLimits(long? Count, bool AtEnd, TimeSpan? Silence);
