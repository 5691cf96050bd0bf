namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>
/// Reads a regular expression in RE2 syntax as RE2 does by default: with Perl's and Unicode's classes, and without what cannot be decided in linear time.
/// </summary>
sealed class PatternParser(string pattern)
{
    /// <summary>How often something may be repeated by {n,m}, as in RE2.</summary>
    const int MostRepetitions = 1000;
    /// <summary>How deep groups may lie in groups.</summary>
    const int MostDepth = 250;

    readonly PatternText _text = new(pattern);
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    int _depth;

    /// <exception cref="PatternException">It is no regular expression in RE2 syntax.</exception>
    public PatternNode Parse()
    {
        var node = ReadChoice(default);
        if (_text.HasMore) throw new PatternException("a ) has no (");
        return node;
    }

    /// <summary>Up to the end, or to the bracket that ends the group.</summary>
    PatternNode ReadChoice(PatternFlags flags)
    {
        var options = new List<PatternNode>();
        do options.Add(ReadSequence(ref flags));
        while (_text.Take('|'));
        return options.Count == 1 ? options[0] : new PatternNode.Choice(options);
    }

    PatternNode ReadSequence(ref PatternFlags flags)
    {
        var parts = new List<PatternNode>();
        var justRepeated = false;
        while (_text.HasMore && !_text.LooksAt('|') && !_text.LooksAt(')'))
        {
            var start = _text.Position;
            if (TryReadRepetition(out var least, out var most))
            {
                Repeat(parts, least, most, justRepeated, start);
                justRepeated = true;
                continue;
            }
            justRepeated = false;
            ReadPart(parts, ref flags);
        }
        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    void Repeat(List<PatternNode> parts, int least, int most, bool justRepeated, int start)
    {
        if (justRepeated) throw new PatternException($"{_text.Since(start)} repeats what is a repetition; RE2 syntax has no possessive ones either");
        if (parts.Count == 0) throw new PatternException($"{_text.Since(start)} has nothing before it that it could repeat");
        parts[^1] = new PatternNode.Repetition(parts[^1], least, most);
    }

    bool TryReadRepetition(out int least, out int most)
    {
        (least, most) = (0, -1);
        if (_text.Take('+')) least = 1;
        else if (_text.Take('?')) most = 1;
        else if (!_text.Take('*') && !TryReadCounts(out least, out most)) return false;
        // It would prefer the shorter match.
        _text.Take('?');
        return true;
    }

    /// <summary>{2}, {2,} or {2,3}. Whatever is not one of them stands for itself.</summary>
    bool TryReadCounts(out int least, out int most)
    {
        (least, most) = (0, -1);
        var start = _text.Position;
        if (!_text.Take('{') || !TryReadCount(out least)) return Back(start);
        most = least;
        if (_text.Take(','))
        {
            most = -1;
            if (!_text.LooksAt('}') && !TryReadCount(out most)) return Back(start);
        }
        if (!_text.Take('}')) return Back(start);
        if (least > MostRepetitions || most > MostRepetitions || (most >= 0 && least > most))
            throw new PatternException($"{_text.Since(start)}: something is repeated at most {MostRepetitions} times, and the second number is not below the first");
        return true;
    }

    bool Back(int start)
    {
        _text.Position = start;
        return false;
    }

    /// <summary>Without zeros before it; whatever is too large is only told to be so.</summary>
    bool TryReadCount(out int count)
    {
        count = 0;
        var start = _text.Position;
        for (; _text.HasMore && char.IsAsciiDigit(pattern[_text.Position]); _text.Position++)
            count = Math.Min(count * 10 + (pattern[_text.Position] - '0'), MostRepetitions + 1);
        var digits = _text.Since(start);
        return digits.Length == 1 || (digits.Length > 1 && digits[0] != '0');
    }

    void ReadPart(List<PatternNode> parts, ref PatternFlags flags)
    {
        switch (pattern[_text.Position])
        {
            case '(':
                ReadGroup(parts, ref flags);
                break;
            case '[':
                parts.Add(new PatternNode.Characters(PatternClass.Read(_text, flags.FoldCase)));
                break;
            case '.':
                _text.Position++;
                parts.Add(new PatternNode.Characters(flags.DotTakesNewline ? AsciiSet.All : AsciiSet.NotNewline));
                break;
            case '^':
                _text.Position++;
                parts.Add(new PatternNode.Assertion(flags.Lines ? Place.LineBegin : Place.TextBegin));
                break;
            case '$':
                _text.Position++;
                parts.Add(new PatternNode.Assertion(flags.Lines ? Place.LineEnd : Place.TextEnd));
                break;
            case '\\':
                ReadEscape(parts, flags);
                break;
            default:
                parts.Add(Literal(_text.Next(), flags));
                break;
        }
    }

    static PatternNode.Characters Literal(int character, PatternFlags flags) => new(AsciiSet.Range(character, character, flags.FoldCase));

    void ReadEscape(List<PatternNode> parts, PatternFlags flags)
    {
        if (_text.Take("\\A")) parts.Add(new PatternNode.Assertion(Place.TextBegin));
        else if (_text.Take("\\z")) parts.Add(new PatternNode.Assertion(Place.TextEnd));
        else if (_text.Take("\\b")) parts.Add(new PatternNode.Assertion(Place.WordEdge));
        else if (_text.Take("\\B")) parts.Add(new PatternNode.Assertion(Place.NotWordEdge));
        else if (_text.Take("\\Q"))
        {
            var quoted = new PatternText(_text.Until("\\E") ?? _text.Rest());
            while (quoted.HasMore) parts.Add(Literal(quoted.Next(), flags));
        }
        else if (PatternEscapes.TryReadSet(_text, flags.FoldCase, out var set)) parts.Add(new PatternNode.Characters(set));
        else parts.Add(Literal(PatternEscapes.ReadCharacter(_text), flags));
    }

    void ReadGroup(List<PatternNode> parts, ref PatternFlags flags)
    {
        var start = _text.Position;
        var inside = flags;
        if (_text.Take("(?P<") || _text.Take("(?<")) ReadName(start);
        else if (_text.Take("(?"))
        {
            inside = flags.Read(_text, start, out var opensGroup);
            if (!opensGroup)
            {
                flags = inside;
                return;
            }
        }
        else _text.Position++;
        if (++_depth > MostDepth) throw new PatternException($"more than {MostDepth} groups lie in each other");
        parts.Add(ReadChoice(inside));
        if (!_text.Take(')')) throw new PatternException("a ( has no )");
        _depth--;
    }

    void ReadName(int start)
    {
        var name = _text.Until(">");
        if (string.IsNullOrEmpty(name) || !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_'))
            throw new PatternException($"{_text.Since(start)}: the name of a group is written (?P<name>…), with letters, digits and _; RE2 syntax does not look back");
        if (!_names.Add(name)) throw new PatternException($"two groups have the name '{name}'");
    }
}
