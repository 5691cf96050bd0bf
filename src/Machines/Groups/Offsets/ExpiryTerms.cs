using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>Which offsets of a group may expire.</summary>
/// <param name="Scope">Which of them.</param>
/// <param name="BaseIsEmptySince">What retention is counted from, when it is later than the commit: since when nobody is in the group. Null: from the
/// commit.</param>
internal readonly record struct ExpiryTerms(ExpiryScope Scope, Instant? BaseIsEmptySince = null)
{
    public static readonly ExpiryTerms Nothing = new(ExpiryScope.Nothing);
}

/// <summary>Which of a group's offsets may expire.</summary>
internal enum ExpiryScope : byte
{
    Nothing,
    All,
    /// <summary>Of topics to which no member subscribes.</summary>
    Unsubscribed,
}
