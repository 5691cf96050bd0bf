using System.Globalization;

namespace Semel.Client.Configuration;

/// <summary>The text of one value to a value and back, by the kind and range of its key.</summary>
internal static class ConfigText
{
    /// <returns>string, bool, long, TimeSpan or string[], by the key's kind.</returns>
    /// <exception cref="KafkaConfigException">The text is not a value of this key.</exception>
    public static object Parse(ConfigKey key, int scale, string givenAs, string text) => key.Kind switch
    {
        ConfigKind.Text => text,
        ConfigKind.Flag => ParseFlag(givenAs, text),
        ConfigKind.Integer => ParseInteger(key, scale, givenAs, text),
        ConfigKind.Duration => TimeSpan.FromMilliseconds(ParseNumber(key, givenAs, text)),
        ConfigKind.Choice => ParseChoice(key, givenAs, text),
        _ => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToArray(),
    };

    static object ParseFlag(string givenAs, string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "t" or "1" => true,
        "false" or "f" or "0" => false,
        _ => throw Refused(givenAs, text, "it must be true or false"),
    };

    static object ParseInteger(ConfigKey key, int scale, string givenAs, string text)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number))
            throw Refused(givenAs, text, "it must be a whole number");
        if (number > long.MaxValue / scale || number * scale > key.Maximum || number * scale < key.Minimum) throw OutOfRange(key, scale, givenAs, text);
        return number * scale;
    }

    static double ParseNumber(ConfigKey key, string givenAs, string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            throw Refused(givenAs, text, "it must be a number of milliseconds");
        return number < key.Minimum || number > key.Maximum ? throw OutOfRange(key, 1, givenAs, text) : number;
    }

    static object ParseChoice(ConfigKey key, string givenAs, string text)
    {
        foreach (var choice in key.Choices)
        {
            var equals = choice.IndexOf('=');
            var word = equals < 0 ? choice : choice[..equals];
            if (Bare(word).Equals(Bare(text.Trim()), StringComparison.OrdinalIgnoreCase)) return choice[(equals + 1)..];
        }
        throw Refused(givenAs, text, $"it must be one of {key.AllowedChoices}");
    }

    /// <summary>ReadCommitted, as enumerations have it, is read_committed; -1 stays what it is.</summary>
    static string Bare(string word) => word.Length < 3 ? word : word.Replace("_", "").Replace("-", "");

    static KafkaConfigException Refused(string givenAs, string text, string reason) => new($"{givenAs}='{text}' is refused: {reason}.", givenAs);

    static KafkaConfigException OutOfRange(ConfigKey key, int scale, string givenAs, string text) =>
        Refused(givenAs, text, string.Create(CultureInfo.InvariantCulture, $"it must be from {Math.Ceiling(key.Minimum / scale)} to {Math.Floor(key.Maximum / scale):F0}"));

    public static bool AreEqual(object left, object right) =>
        left is string[] one && right is string[] other ? one.AsSpan().SequenceEqual(other) : left.Equals(right);

    public static string Format(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan time => ConfigValues.Milliseconds(time),
        string[] list => string.Join(',', list),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
