using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Semel.Log.Segments.Files;

/// <summary>
/// The name of a log's folder: the log's own name where a file system can hold it. Names that are too long, or that mean something to a file system,
/// are cut and told apart by a hash; the whole name lies in the log's descriptor. A plus sign is in no log's name, so these never meet.
/// </summary>
static class LogFolderName
{
    const int LongestPlain = 200, CutLength = 150, HashLength = 16;
    const string BeingMade = "+making-", BeingDeleted = "+deleted-";

    public static string Of(string logName)
    {
        if (logName.Length <= LongestPlain && logName.Any(character => character != '.')) return logName;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(logName)))[..HashLength];
        return $"{logName[..Math.Min(CutLength, logName.Length)]}+{hash}";
    }

    public static bool IsPlain(string folderName) => !folderName.Contains('+');

    public static string WhileMaking(ulong identity) => $"{BeingMade}{identity:x16}";

    /// <summary>Of the folder of a log that lay in the place of another one, which was deleted, while its own place was taken.</summary>
    public static string OutOfTheWay(ulong random) => $"+moved-{random:x16}";

    public static string WhileDeleting(ulong identity) => $"{BeingDeleted}{identity:x16}";

    /// <summary>Whether a crash left the folder before it was a log's.</summary>
    public static bool IsBeingMade(string folderName) => folderName.StartsWith(BeingMade, StringComparison.Ordinal);

    /// <summary>Whether the folder is what is left of a log that was deleted, and of which one.</summary>
    public static bool IsBeingDeleted(string folderName, out ulong identity)
    {
        identity = 0;
        return folderName.StartsWith(BeingDeleted, StringComparison.Ordinal) && ulong.TryParse(folderName.AsSpan(BeingDeleted.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out identity);
    }
}
