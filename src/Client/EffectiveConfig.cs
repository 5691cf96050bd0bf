using Semel.Client.Configuration;

namespace Semel.Client;

/// <summary>A value that building the client changed, and why.</summary>
/// <param name="Key">The key's name.</param>
/// <param name="From">What was asked for, or the default.</param>
/// <param name="To">What is in effect.</param>
public sealed record ConfigAdjustment(string Key, string From, string To, string Reason);

/// <summary>The configuration a client really runs with, after defaults and adjustments. Immutable.</summary>
public sealed class EffectiveConfig
{
    readonly IReadOnlyDictionary<string, string> _values;

    internal EffectiveConfig(IReadOnlyDictionary<string, string> values, IReadOnlyList<ConfigAdjustment> adjustments, ConfigValues given,
        string? idempotenceDisabledBy)
    {
        _values = values;
        Adjustments = adjustments;
        Given = given;
        IdempotenceDisabledBy = idempotenceDisabledBy;
    }

    /// <summary>The value of a key by its own name (not an alias) as text; null when the key has none.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>All keys that have a value, by their own names.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Values => _values;
    /// <summary>What building the client changed, in the order of the changes.</summary>
    public IReadOnlyList<ConfigAdjustment> Adjustments { get; }

    /// <summary>Keys that were accepted although they configure nothing here.</summary>
    public IReadOnlyList<string> Ignored => Given.Ignored;

    /// <summary>What it was made of.</summary>
    internal ConfigValues Given { get; }

    /// <summary>The key whose value turned idempotence off although nobody asked for that; null when none did.</summary>
    public string? IdempotenceDisabledBy { get; }
}
