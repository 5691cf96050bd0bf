namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>What stands in brackets: [a-z], [^[:alpha:]\d-].</summary>
static class PatternClass
{
    /// <summary>The opening bracket is next.</summary>
    public static AsciiSet Read(PatternText text, bool foldCase)
    {
        text.Position++;
        var isNegated = text.Take('^');
        var set = AsciiSet.None;
        for (var isFirst = true; isFirst || !text.LooksAt(']'); isFirst = false)
        {
            if (!text.HasMore) throw NotClosed();
            if (TryReadNamed(text, foldCase, out var part) || PatternEscapes.TryReadSet(text, foldCase, out part)) set |= part;
            else set |= ReadRange(text, foldCase);
        }
        text.Position++;
        return isNegated ? ~set : set;
    }

    static bool TryReadNamed(PatternText text, bool foldCase, out AsciiSet set)
    {
        set = default;
        var start = text.Position;
        if (!text.Take("[:") || text.Until(":]") is not { } name)
        {
            text.Position = start;
            return false;
        }
        var isNegated = name.StartsWith('^');
        if (isNegated) name = name[1..];
        if (!NamedSets.TryFindPosix(name, out set)) throw new PatternException($"there is no set of characters with the name '{name}', in {text.Since(start)}");
        if (foldCase) set = set.FoldCase();
        if (isNegated) set = ~set;
        return true;
    }

    static AsciiSet ReadRange(PatternText text, bool foldCase)
    {
        var start = text.Position;
        var lowest = ReadCharacter(text);
        var highest = lowest;
        if (text.Take('-'))
        {
            // In [a-] the hyphen stands for itself.
            if (text.LooksAt(']')) text.Position--;
            else highest = ReadCharacter(text);
        }
        if (highest < lowest) throw new PatternException($"the range {text.Since(start)} ends before it begins");
        return AsciiSet.Range(lowest, highest, foldCase);
    }

    static int ReadCharacter(PatternText text)
    {
        if (!text.HasMore) throw NotClosed();
        return text.LooksAt('\\') ? PatternEscapes.ReadCharacter(text) : text.Next();
    }

    static PatternException NotClosed() => new("a [ has no ]");
}
