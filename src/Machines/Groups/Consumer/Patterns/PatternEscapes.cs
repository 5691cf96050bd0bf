namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>What a backslash begins.</summary>
static class PatternEscapes
{
    const int HighestCodePoint = 0x10FFFF;

    /// <summary>\d and its like.</summary>
    public static bool TryReadSet(PatternText text, bool foldCase, out AsciiSet set)
    {
        set = default;
        if (TryReadUnicode(text, foldCase, out set)) return true;
        if (text.Take("\\d")) set = AsciiSet.Digits;
        else if (text.Take("\\D")) set = ~AsciiSet.Digits;
        else if (text.Take("\\s")) set = AsciiSet.Blanks;
        else if (text.Take("\\S")) set = ~AsciiSet.Blanks;
        else if (text.Take("\\w")) set = AsciiSet.Word;
        else if (text.Take("\\W")) set = ~AsciiSet.Word;
        else return false;
        return true;
    }

    /// <summary>\pN, \p{Lu}, \P{^Greek}.</summary>
    static bool TryReadUnicode(PatternText text, bool foldCase, out AsciiSet set)
    {
        set = default;
        var start = text.Position;
        var isNegated = text.LooksAt("\\P");
        if (!text.Take("\\p") && !text.Take("\\P")) return false;
        var name = !text.HasMore ? null : text.Take('{') ? text.Until("}") : char.ConvertFromUtf32(ScalarOf(text.Next()));
        if (name is null) throw new PatternException($"{text.Since(start)} names no set of characters: write \\pL or \\p{{Lu}}");
        if (name.StartsWith('^')) (isNegated, name) = (!isNegated, name[1..]);
        if (!NamedSets.TryFindUnicode(name, out set)) throw new PatternException($"there is no category or script of Unicode with the name '{name}', in {text.Since(start)}");
        if (foldCase) set = set.FoldCase();
        if (isNegated) set = ~set;
        return true;
    }

    static int ScalarOf(int codePoint) => codePoint is >= 0xD800 and <= 0xDFFF ? 0xFFFD : codePoint;

    /// <summary>A single character: \n, \x41, \x{1F600}, \101, \. and its like. The backslash is next.</summary>
    public static int ReadCharacter(PatternText text)
    {
        var start = text.Position;
        text.Position++;
        if (!text.HasMore) throw new PatternException("it ends in a single backslash");
        var character = text.Next();
        switch (character)
        {
            case >= '1' and <= '7' when !IsOctal(text):
            case '8' or '9':
                throw new PatternException($"{text.Since(start)}: what a group has matched cannot be asked for again, which takes more than linear time");
            case >= '0' and <= '7':
                return ReadOctal(text, character - '0');
            case 'x':
                return ReadHexadecimal(text, start);
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
        }
        if (character < 128 && char.IsAsciiLetterOrDigit((char)character)) throw new PatternException($"{text.Since(start)} means nothing in RE2 syntax");
        return character;
    }

    static bool IsOctal(PatternText text)
    {
        var start = text.Position;
        var isOctal = text.HasMore && text.Next() is >= '0' and <= '7';
        text.Position = start;
        return isOctal;
    }

    static int ReadOctal(PatternText text, int value)
    {
        for (var more = 0; more < 2 && IsOctal(text); more++) value = value * 8 + (text.Next() - '0');
        return value;
    }

    static int ReadHexadecimal(PatternText text, int start)
    {
        var isBraced = text.Take('{');
        var (value, digits) = (0, 0);
        while (text.HasMore && (isBraced || digits < 2))
        {
            var next = text.Next();
            if (isBraced && next == '}') break;
            if (next > 'f' || !char.IsAsciiHexDigit((char)next)) throw NotHexadecimal(text, start);
            value = value * 16 + Convert.ToInt32(((char)next).ToString(), 16);
            digits++;
            if (value > HighestCodePoint) throw NotHexadecimal(text, start);
        }
        if (digits == 0 || (isBraced ? !text.Since(start).EndsWith('}') : digits != 2)) throw NotHexadecimal(text, start);
        return value;
    }

    static PatternException NotHexadecimal(PatternText text, int start) => new($"{text.Since(start)} is no character: write \\x7F or \\x{{10FFFF}} with the digits of one");
}
