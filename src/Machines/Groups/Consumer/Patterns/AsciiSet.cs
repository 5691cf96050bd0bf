using System.Globalization;

namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>
/// A set of characters, as far as it is ASCII: the names of topics have no others. Whatever is done with whole sets of characters can be done with these parts
/// alone.
/// </summary>
readonly record struct AsciiSet(UInt128 Bits)
{
    public static readonly AsciiSet None = new(0);
    public static readonly AsciiSet All = new(UInt128.MaxValue);
    public static readonly AsciiSet NotNewline = ~Of("\n");
    public static readonly AsciiSet Digits = Range('0', '9');
    public static readonly AsciiSet Blanks = Of("\t\n\f\r ");
    public static readonly AsciiSet Upper = Range('A', 'Z');
    public static readonly AsciiSet Lower = Range('a', 'z');
    public static readonly AsciiSet Letters = Upper | Lower;
    public static readonly AsciiSet Word = Letters | Digits | Of("_");

    /// <summary>The two that are not ASCII and that case folding takes for letters which are.</summary>
    const int LongS = 0x17F, Kelvin = 0x212A;

    public bool Contains(char character) => character < 128 && (Bits >> character & 1) != 0;

    public static AsciiSet operator |(AsciiSet left, AsciiSet right) => new(left.Bits | right.Bits);
    public static AsciiSet operator ~(AsciiSet set) => new(~set.Bits);

    public static AsciiSet Of(string characters)
    {
        UInt128 bits = 0;
        foreach (var character in characters) bits |= UInt128.One << character;
        return new AsciiSet(bits);
    }

    /// <param name="lowest">A code point; both ends belong to the range.</param>
    public static AsciiSet Range(int lowest, int highest, bool foldCase = false)
    {
        UInt128 bits = 0;
        for (var character = lowest; character <= Math.Min(highest, 127); character++) bits |= UInt128.One << character;
        var set = new AsciiSet(bits);
        if (!foldCase) return set;
        if (lowest <= LongS && LongS <= highest) set |= Of("s");
        if (lowest <= Kelvin && Kelvin <= highest) set |= Of("k");
        return set.FoldCase();
    }

    /// <summary>With the other case of each letter.</summary>
    public AsciiSet FoldCase()
    {
        const int Distance = 'a' - 'A';
        return new AsciiSet(Bits | (Bits & Upper.Bits) << Distance | (Bits & Lower.Bits) >> Distance);
    }

    public static AsciiSet Where(Func<UnicodeCategory, bool> isMember)
    {
        UInt128 bits = 0;
        for (var character = '\0'; character < 128; character++)
            if (isMember(char.GetUnicodeCategory(character))) bits |= UInt128.One << character;
        return new AsciiSet(bits);
    }
}
