using System.Globalization;

namespace Semel.Machines.Catalog;

/// <summary>One configuration that a topic can have: Kafka's name of it, its type, its default, and which values it takes.</summary>
public sealed class TopicConfigEntry
{
    readonly Func<string, string?> _check;

    TopicConfigEntry(string name, ConfigType type, string defaultValue, bool hasEffect, string documentation, Func<string, string?> check)
    {
        (Name, Type, Default, _check) = (name, type, defaultValue, check);
        HasEffect = hasEffect;
        Documentation = hasEffect ? documentation : $"{documentation} Without effect on this broker.";
    }

    public string Name { get; }
    public ConfigType Type { get; }
    public string Default { get; }
    /// <summary>Whether a value changes anything that this broker does.</summary>
    public bool HasEffect { get; }
    /// <summary>The value that is what this broker does anyway; null for the default.</summary>
    public string? Anyway { get; init; }
    /// <summary>What it does; says so when the value is checked, kept and told, but changes nothing that this broker does.</summary>
    public string Documentation { get; }

    /// <summary>Why the value is refused; null when it is not. Blanks around a value do not count, as in Kafka.</summary>
    public string? Refusal(string value) => Reason(value) is { } reason ? $"{Name} cannot be '{value}': {reason}" : null;

    /// <summary>Whether somebody who gave this value would miss something: it is taken, kept and told, and nothing follows from it.</summary>
    public bool IsMissed(string value) => HasEffect ? Name == "cleanup.policy" && Elements(value).Contains("compact") : value.Trim() != (Anyway ?? Default);

    /// <summary>The reason alone, for whoever knows the value by another name.</summary>
    public string? Reason(string value) => _check(value.Trim());

    /// <param name="anyway">See <see cref="Anyway"/>.</param>
    public static TopicConfigEntry Long(string name, long defaultValue, long lowest, bool hasEffect, string documentation, string? anyway = null) =>
        new(name, ConfigType.Long, defaultValue.ToString(CultureInfo.InvariantCulture), hasEffect, documentation, value => OutOf(value, lowest, long.MaxValue)) { Anyway = anyway };

    public static TopicConfigEntry Int(string name, int defaultValue, int lowest, int highest, bool hasEffect, string documentation) =>
        new(name, ConfigType.Int, defaultValue.ToString(CultureInfo.InvariantCulture), hasEffect, documentation, value => OutOf(value, lowest, highest));

    public static TopicConfigEntry Ratio(string name, string defaultValue, bool hasEffect, string documentation) =>
        new(name, ConfigType.Double, defaultValue, hasEffect, documentation, static value =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? null : "it must be a number from 0 to 1");

    /// <param name="refusesTrue">Why true is refused; null when both are taken.</param>
    public static TopicConfigEntry Boolean(string name, bool hasEffect, string documentation, string? refusesTrue = null) =>
        new(name, ConfigType.Boolean, "false", hasEffect, documentation, value => bool.TryParse(value, out var isTrue) ? isTrue ? refusesTrue : null : "it must be true or false");

    public static TopicConfigEntry OneOf(string name, bool hasEffect, string documentation, params string[] values) =>
        new(name, ConfigType.String, values[0], hasEffect, documentation, value => values.Contains(value, StringComparer.Ordinal) ? null : $"it must be {string.Join(" or ", values)}");

    /// <summary>A list whose elements are some of <paramref name="values"/>, at least one; any elements when no values are given.</summary>
    public static TopicConfigEntry List(string name, string defaultValue, bool hasEffect, string documentation, params string[] values) =>
        new(name, ConfigType.List, defaultValue, hasEffect, documentation, value => values.Length == 0 || Elements(value) is { Length: > 0 } given && given.All(values.Contains)
            ? null : $"it must be one or more of {string.Join(", ", values)}, with commas between");

    public static string[] Elements(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static string? OutOf(string value, long lowest, long highest)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return "it must be a whole number";
        if (number < lowest) return $"it must be at least {lowest}";
        return number > highest ? $"it must be at most {highest}" : null;
    }
}
