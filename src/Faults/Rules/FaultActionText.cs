using System.Globalization;

namespace Semel.Faults;

/// <summary>The words for actions in the text of a rule.</summary>
static class FaultActionText
{
    enum Amount : byte { None, Milliseconds, OptionalMilliseconds, Bytes, OptionalBytes }

    static readonly (FaultKind Kind, string Word, Amount Amount)[] Words =
    [
        (FaultKind.Pass, "pass", Amount.None),
        (FaultKind.Delay, "delay", Amount.Milliseconds),
        (FaultKind.Drop, "drop", Amount.None),
        (FaultKind.Cut, "cut", Amount.None),
        (FaultKind.CutAfterBytes, "cut-after", Amount.Bytes),
        (FaultKind.Repeat, "repeat", Amount.OptionalMilliseconds),
        (FaultKind.Hold, "hold", Amount.OptionalMilliseconds),
        (FaultKind.Swap, "swap", Amount.OptionalMilliseconds),
        (FaultKind.Stall, "stall", Amount.None),
        (FaultKind.Blackhole, "blackhole", Amount.None),
        (FaultKind.CorruptByte, "corrupt", Amount.OptionalBytes),
    ];

    /// <summary>All words with what they take, for messages.</summary>
    public static string Syntax { get; } = string.Join(", ", Words.Select(word => word.Word + Suffix(word.Amount)));

    static string Suffix(Amount amount) => amount switch
    {
        Amount.Milliseconds => "=MS",
        Amount.OptionalMilliseconds => "[=MS]",
        Amount.Bytes => "=BYTES",
        Amount.OptionalBytes => "[=BYTE]",
        _ => "",
    };

    public static string Write(FaultAction action)
    {
        var word = Words.First(word => word.Kind == action.Kind).Word;
        long? amount = action.Time is { } time ? (long)time.TotalMilliseconds : action.Position;
        return amount is null ? word : string.Create(CultureInfo.InvariantCulture, $"{word}={amount}");
    }

    /// <exception cref="FormatException">Says what is wrong with the action alone.</exception>
    public static FaultAction Parse(string text)
    {
        var equals = text.IndexOf('=');
        var name = equals < 0 ? text : text[..equals];
        var row = Array.FindIndex(Words, word => word.Word == name);
        if (row < 0) throw new FormatException($"no such action: '{name}'; the actions are {Syntax}");
        var (kind, _, wanted) = Words[row];
        if (equals < 0)
        {
            if (wanted is Amount.Milliseconds or Amount.Bytes) throw new FormatException($"'{name}' needs an amount: {name}{Suffix(wanted)}");
            return kind == FaultKind.Swap ? FaultAction.Swap() : new FaultAction(kind);
        }
        if (wanted == Amount.None) throw new FormatException($"'{name}' takes no amount");
        if (!int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            throw new FormatException($"the amount of '{text}' is not a whole number of 0 to {int.MaxValue}: {name}{Suffix(wanted)}");
        return wanted is Amount.Bytes or Amount.OptionalBytes ? new FaultAction(kind, Position: amount) : new FaultAction(kind, TimeSpan.FromMilliseconds(amount));
    }
}
