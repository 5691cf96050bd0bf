namespace Semel.Log.Segments.Files;

/// <summary>What was forced of a segment's file, and by what it is told from another one: noted in the recovery points, asked when the file is opened.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="EndOffset">The offset after the last record in them.</param>
/// <param name="Head">CRC-32C of the first batch's header, which holds the CRC of its records; null when nobody has looked at it yet.</param>
readonly record struct SegmentPrint(long BaseOffset, int Length, long EndOffset, uint? Head)
{
    /// <summary>Of a segment that was damaged when it was seen last, so that nobody knows what it had: it is gone through whenever the log is opened.</summary>
    public const int UnknownLength = int.MaxValue;
}
