namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>A regular expression that is read from its beginning to its end.</summary>
sealed class PatternText(string text)
{
    public int Position { get; set; }

    public bool HasMore => Position < text.Length;

    public bool LooksAt(char character) => HasMore && text[Position] == character;

    public bool LooksAt(string part) => string.CompareOrdinal(text, Position, part, 0, part.Length) == 0;

    public bool Take(char character)
    {
        if (!LooksAt(character)) return false;
        Position++;
        return true;
    }

    public bool Take(string part)
    {
        if (!LooksAt(part)) return false;
        Position += part.Length;
        return true;
    }

    /// <summary>The next character: a code point. Half of a pair stands for itself.</summary>
    public int Next()
    {
        if (char.IsHighSurrogate(text[Position]) && Position + 1 < text.Length && char.IsLowSurrogate(text[Position + 1]))
        {
            Position += 2;
            return char.ConvertToUtf32(text[Position - 2], text[Position - 1]);
        }
        return text[Position++];
    }

    /// <summary>All up to the first <paramref name="end"/>, which is passed over; null, and nothing is read, when there is none.</summary>
    public string? Until(string end)
    {
        var found = text.IndexOf(end, Position, StringComparison.Ordinal);
        if (found < 0) return null;
        var part = text[Position..found];
        Position = found + end.Length;
        return part;
    }

    public string Rest()
    {
        var rest = text[Position..];
        Position = text.Length;
        return rest;
    }

    public string Since(int start) => text[start..Position];
}
