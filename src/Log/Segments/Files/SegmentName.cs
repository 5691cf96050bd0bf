using System.Globalization;

namespace Semel.Log.Segments.Files;

/// <summary>
/// The name of a segment's files, as Kafka has it: an offset in 20 digits, and what the file is. One that took the place of others has its generation between them, so that old and new files
/// lie side by side until it is decided which of them count; Kafka's tools read those as well.
/// </summary>
/// <param name="Generation">Which replacement of the log's parts made it; 0 when it was appended to.</param>
readonly record struct SegmentName(long BaseOffset, int Generation) : IComparable<SegmentName>
{
    public const string LogSuffix = ".log", OffsetIndexSuffix = ".index", TimeIndexSuffix = ".timeindex", SnapshotSuffix = ".snapshot";
    const int Digits = 20;

    public string With(string suffix) => Generation == 0 ? Of(BaseOffset, suffix) : Of(BaseOffset, "." + Generation.ToString(CultureInfo.InvariantCulture) + suffix);

    public static string Of(long offset, string suffix) => offset.ToString("D20", CultureInfo.InvariantCulture) + suffix;

    /// <summary>Whether it is the name of a file with this offset alone.</summary>
    public static bool TryParse(string fileName, string suffix, out long offset)
    {
        offset = -1;
        return fileName.Length == Digits + suffix.Length && fileName.EndsWith(suffix, StringComparison.Ordinal) && TryParseOffset(fileName, out offset);
    }

    /// <summary>Whether it is the name of a segment's file, of any generation.</summary>
    public static bool TryParse(string fileName, string suffix, out SegmentName name)
    {
        name = default;
        if (TryParse(fileName, suffix, out long offset))
        {
            name = new SegmentName(offset, 0);
            return true;
        }
        if (fileName.Length <= Digits + 1 + suffix.Length || fileName[Digits] != '.' || !fileName.EndsWith(suffix, StringComparison.Ordinal) || !TryParseOffset(fileName, out offset)) return false;
        var digits = fileName.AsSpan(Digits + 1, fileName.Length - Digits - 1 - suffix.Length);
        // Without zeros before it: one name has one spelling.
        if (digits[0] == '0' || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var generation)) return false;
        name = new SegmentName(offset, generation);
        return true;
    }

    static bool TryParseOffset(string fileName, out long offset) => long.TryParse(fileName.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);

    public int CompareTo(SegmentName other) => (BaseOffset, Generation).CompareTo((other.BaseOffset, other.Generation));
}
