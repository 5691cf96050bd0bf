namespace Semel.Log.Batches;

/// <summary>
/// How the offsets of a log's batches go on: the one rule for everybody who writes, verifies or folds them. What is appended begins exactly where the log ends. What is read back rises, and may
/// have gaps: compaction takes records and whole batches away, and leaves the others their offsets. Where the batches of a part must begin and end is told by the part, whose range is closed
/// (<see cref="LogPart"/>): so a gap is told from a hole.
/// </summary>
public enum OffsetOrder : byte
{
    /// <summary>Each batch begins where the one before it ended: what is appended, and what lies as it was appended.</summary>
    Continuous,
    /// <summary>Each batch begins where the one before it ended, or later: a part that took the place of others, and a whole log.</summary>
    Rising,
}

public static class OffsetOrders
{
    /// <param name="due">Where the batch before ended, or the range began.</param>
    public static bool Allows(this OffsetOrder order, long baseOffset, long due) => order == OffsetOrder.Continuous ? baseOffset == due : baseOffset >= due;

    /// <summary>Whether batches that end at an offset may be all of a range.</summary>
    /// <param name="rangeEnd">The offset after the range.</param>
    public static bool AllowsEnd(this OffsetOrder order, long end, long rangeEnd) => order == OffsetOrder.Continuous ? end == rangeEnd : end <= rangeEnd;

    /// <returns>What is wrong with a batch in this place, beginning with "its"; null when nothing is.</returns>
    public static string? Fault(this OffsetOrder order, long baseOffset, long due) =>
        order.Allows(baseOffset, due) ? null
        : order == OffsetOrder.Continuous ? $"its base offset is {baseOffset} where {due} is due"
        : $"its base offset is {baseOffset}, below {due}, where the one before it ended";
}
