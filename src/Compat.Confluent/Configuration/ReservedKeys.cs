namespace Semel.Compat.Confluent;

/// <summary>Keys that the library itself sets at its native part there: a program that sets them is mistaken.</summary>
static class ReservedKeys
{
    static readonly string[] Keys = ["builtin.features", "enabled_events"];

    static bool IsReserved(string key) => Keys.Contains(key) || key.EndsWith("_cb", StringComparison.Ordinal);

    public static void Refuse(IEnumerable<KeyValuePair<string, string>> config)
    {
        foreach (var (key, _) in config)
            if (IsReserved(key)) throw new ArgumentException($"'{key}' is not for programs to set. Remove the key; what it is for is given to the builder.");
    }
}
