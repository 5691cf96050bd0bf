using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>What the recovery points know of a log.</summary>
/// <param name="Name">Null in a file of the first version, which knows identities alone.</param>
/// <param name="Segments">Those that were forced, in order, up to that of the recovery point.</param>
sealed record KnownLog(string? Name, LogMarks Marks, SegmentPrint[] Segments);
