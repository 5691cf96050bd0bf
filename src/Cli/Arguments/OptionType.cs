using System.Globalization;
using Semel.Protocol;

namespace Semel.Cli.Arguments;

/// <summary>Reads the text that was given for an option.</summary>
/// <param name="option">The option's name, for the refusal.</param>
/// <exception cref="CommandException">With <see cref="ExitCode.Usage"/>: the text cannot be meant; says what could stand there.</exception>
public delegate T OptionType<T>(string option, string text);

/// <summary>The kinds of values that options of several commands have.</summary>
public static class OptionType
{
    /// <summary>A whole number in a range, both ends included.</summary>
    public static OptionType<long> Number(long atLeast, long atMost = long.MaxValue) => (option, text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= atLeast && number <= atMost
            ? number
            : throw CommandException.Usage($"{option} is '{text}', but must be a whole number {(atMost == long.MaxValue ? $"of at least {atLeast}" : $"from {atLeast} to {atMost}")}.");

    /// <summary>A time in milliseconds, or with a unit: 500, 500ms, 2s, 5m.</summary>
    public static OptionType<TimeSpan> Time { get; } = static (option, text) =>
    {
        (string Unit, double Milliseconds)[] units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("", 1)];
        foreach (var (unit, milliseconds) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * milliseconds < int.MaxValue)
                return TimeSpan.FromMilliseconds(number * milliseconds);
        }
        throw CommandException.Usage($"{option} is '{text}', but must be a time such as 500, 500ms, 2s or 5m.");
    };

    /// <summary>One of these words.</summary>
    public static OptionType<string> OneOf(params string[] choices) => (option, text) => choices.Contains(text)
        ? text
        : throw CommandException.Usage($"{option} is '{text}', but must be one of: {string.Join(", ", choices)}.", NearestName.Question(text, choices));

    /// <summary>NAME=VALUE. The value may hold further equals signs, and may be empty.</summary>
    public static OptionType<KeyValuePair<string, string>> Pair { get; } = static (option, text) =>
    {
        var equals = text.IndexOf('=');
        if (equals <= 0) throw CommandException.Usage($"{option} is '{text}', but must have the form NAME=VALUE.");
        return new KeyValuePair<string, string>(text[..equals].Trim(), text[(equals + 1)..]);
    };

    /// <summary>Text in which a backslash stands for what a shell does not let through, as <see cref="EscapedText"/> reads it.</summary>
    public static OptionType<byte[]> Escaped { get; } = static (option, text) => EscapedText.Bytes(text, option);

    /// <summary>The same, and something must be there.</summary>
    public static OptionType<byte[]> Separator { get; } = static (option, text) => EscapedText.Bytes(text, option) is { Length: > 0 } bytes
        ? bytes
        : throw CommandException.Usage($"{option} is empty.", "Give one character or more; \\t, \\n and \\0 are read as such.");
}
