using System.Collections;
using System.Runtime.CompilerServices;

namespace Semel.Peers;

/// <summary>
/// Whoever runs the tests may have settings of their own broker, or its address, in the environment; and what is meant for the tests is not meant for the programs
/// that they start. So every test assembly takes all of SEMEL_* out of its own environment before anything else, and its tests ask here.
/// </summary>
public static class Surroundings
{
    const string Prefix = "SEMEL_";

    static readonly Dictionary<string, string> Taken = [];

    /// <summary>What a variable of the tests was set to when they started; null when it was not, or was empty.</summary>
    public static string? Variable(string name) => Taken.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    [ModuleInitializer]
    internal static void Take()
    {
        foreach (var (name, value) in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(pair => ((string)pair.Key, (string?)pair.Value)).ToList())
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            Taken[name] = value ?? "";
            Environment.SetEnvironmentVariable(name, null);
        }
    }
}
