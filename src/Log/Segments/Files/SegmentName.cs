using System.Globalization;

namespace Semel.Log.Segments.Files;

/// <summary>Kafka's names: an offset in 20 digits, and what the file is.</summary>
static class SegmentName
{
    public const string LogSuffix = ".log", OffsetIndexSuffix = ".index", TimeIndexSuffix = ".timeindex", SnapshotSuffix = ".snapshot";
    const int Digits = 20;

    public static string Of(long offset, string suffix) => offset.ToString("D20", CultureInfo.InvariantCulture) + suffix;

    public static bool TryParse(string fileName, string suffix, out long offset)
    {
        offset = -1;
        return fileName.Length == Digits + suffix.Length && fileName.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(fileName.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }
}
