namespace Semel.Log;

/// <summary>The one rule for names of logs: what may be one, so that no name is ever a path.</summary>
static class LogName
{
    public const int LongestLength = 300;

    public static bool IsName(string text) => text.Length is > 0 and <= LongestLength && text.All(IsAllowed);

    static bool IsAllowed(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' or '~';

    /// <exception cref="ArgumentException">It is no name.</exception>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > LongestLength)
            throw new ArgumentException($"a log's name has 1 to {LongestLength} characters, this one has {name.Length}", nameof(name));
        foreach (var character in name)
        {
            if (IsAllowed(character)) continue;
            throw new ArgumentException($"a log's name has only A-Z, a-z, 0-9, '.', '_', '-' and '~', this one has the character U+{(int)character:X4}", nameof(name));
        }
    }
}
