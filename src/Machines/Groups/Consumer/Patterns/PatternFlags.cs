namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>What (?i) and its like switch. Which match is preferred, (?U), makes no difference to whether a whole name matches.</summary>
/// <param name="FoldCase">(?i): the case of letters does not count.</param>
/// <param name="Lines">(?m): ^ and $ are the ends of lines, not of the text.</param>
/// <param name="DotTakesNewline">(?s).</param>
readonly record struct PatternFlags(bool FoldCase, bool Lines, bool DotTakesNewline)
{
    /// <summary>Reads what stands between "(?" and the ":" or ")" that ends it.</summary>
    /// <param name="opensGroup">It ended with ":", so that the flags count for the group that begins there; otherwise for the rest of the one around.</param>
    public PatternFlags Read(PatternText text, int start, out bool opensGroup)
    {
        var flags = this;
        var (isOff, hasFlag) = (false, false);
        while (text.HasMore)
        {
            var character = text.Next();
            switch (character)
            {
                case 'i':
                    flags = flags with { FoldCase = !isOff };
                    break;
                case 'm':
                    flags = flags with { Lines = !isOff };
                    break;
                case 's':
                    flags = flags with { DotTakesNewline = !isOff };
                    break;
                case 'U':
                    break;
                case '-' when !isOff:
                    isOff = true;
                    hasFlag = false;
                    continue;
                case ':' or ')' when !isOff || hasFlag:
                    opensGroup = character == ':';
                    return flags;
                default:
                    throw new PatternException(
                        $"{text.Since(start)}: RE2 syntax knows (?:…), (?P<name>…), (?<name>…) and the flags i, m, s and U; it looks neither ahead nor back");
            }
            hasFlag = true;
        }
        throw new PatternException($"{text.Since(start)}… has no ) and no :");
    }
}
