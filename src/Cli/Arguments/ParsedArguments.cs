using System.Globalization;
using Semel.Protocol;

namespace Semel.Cli.Arguments;

/// <summary>The options and operands of one command line. Values are read with their declaration, and refused where they are read.</summary>
public sealed class ParsedArguments(Syntax syntax)
{
    readonly Dictionary<Option, List<string>> _values = [];

    public Syntax Syntax { get; } = syntax;

    public List<string> Operands { get; } = [];

    public bool Has(Option option) => _values.ContainsKey(option);

    /// <summary>The value as it was written; null when the option is absent.</summary>
    public string? Text(Option option) => _values.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>All values of an option that repeats, in the order given.</summary>
    public IReadOnlyList<string> All(Option option) => _values.TryGetValue(option, out var values) ? values : [];

    /// <summary>A whole number; null when the option is absent.</summary>
    public long? Number(Option option, long atLeast, long atMost)
    {
        if (Text(option) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= atLeast && number <= atMost) return number;
        throw CommandException.Usage($"{option.Name} is '{text}', but must be a whole number {Range(atLeast, atMost)}.");
    }

    /// <summary>A time in milliseconds, or with a unit: 500, 500ms, 2s, 5m; null when the option is absent.</summary>
    public TimeSpan? Time(Option option)
    {
        if (Text(option) is not { } text) return null;
        (string Unit, double Milliseconds)[] units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("", 1)];
        foreach (var (unit, milliseconds) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * milliseconds < int.MaxValue)
                return TimeSpan.FromMilliseconds(number * milliseconds);
        }
        throw CommandException.Usage($"{option.Name} is '{text}', but must be a time such as 500, 500ms, 2s or 5m.");
    }

    /// <summary>One of the given words; the first of them when the option is absent.</summary>
    public string Choice(Option option, params string[] choices)
    {
        if (Text(option) is not { } text) return choices[0];
        return choices.Contains(text)
            ? text
            : throw CommandException.Usage($"{option.Name} is '{text}', but must be one of: {string.Join(", ", choices)}.", NearestName.Question(text, choices));
    }

    /// <summary>The NAME=VALUE pairs of an option that repeats, in the order given. The value may hold further equals signs, and may be empty.</summary>
    public IEnumerable<KeyValuePair<string, string>> Pairs(Option option)
    {
        foreach (var text in All(option))
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) throw CommandException.Usage($"{option.Name} is '{text}', but must have the form NAME=VALUE.");
            yield return new KeyValuePair<string, string>(text[..equals].Trim(), text[(equals + 1)..]);
        }
    }

    internal void Add(Option option, string spelling, string? value)
    {
        if (option.Refusal is { } refusal) throw CommandException.Usage($"{spelling}: {refusal}");
        if (!_values.TryGetValue(option, out var values)) _values[option] = values = [];
        if (values.Count > 0 && !option.Repeats && values[^1] != (value ?? ""))
            throw CommandException.Usage($"{option.Name} is given twice, as '{values[^1]}' and as '{value}'.", "Give it once.");
        values.Add(value ?? "");
    }

    static string Range(long atLeast, long atMost) => atMost == long.MaxValue ? $"of at least {atLeast}" : $"from {atLeast} to {atMost}";
}
