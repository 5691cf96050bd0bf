namespace Semel.Peers;

/// <summary>
/// Where the peers lie: real Apache Kafka, real clients and their tools, which the project calls and does not hold.
/// Found by the environment variable SEMEL_PEERS, or as `shared/peers` beside a folder above the test. SEMEL_REQUIRE_PEERS=1 turns their absence into a failure.
/// </summary>
public static class PeersFolder
{
    public static string? Path { get; } = Find();

    public static bool AreRequired => Surroundings.Variable("SEMEL_REQUIRE_PEERS") == "1";

    /// <summary>Why a test that needs the peers is skipped; null when it runs (and fails, where peers are required and absent).</summary>
    public static string? SkipReason => Path is null && !AreRequired ? "the peers (real Kafka and real clients) are not at hand: set SEMEL_PEERS to their folder" : null;

    public static string Required => Path ?? throw new InvalidOperationException("SEMEL_REQUIRE_PEERS=1, but the peers were not found: set SEMEL_PEERS to their folder");

    static string? Find()
    {
        if (Surroundings.Variable("SEMEL_PEERS") is { } named) return Directory.Exists(named) ? System.IO.Path.GetFullPath(named) : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "peers");
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }

    /// <summary>The newest of the files or folders of one kind, whatever version is at hand: `java-*` in `drivers` finds java-4.4 beside java-3.9.</summary>
    /// <param name="folder">Below the peers' folder.</param>
    /// <param name="pattern">A name with one `*`, where the version stands: numbers between dots.</param>
    public static string Newest(string folder, string pattern) => Versions(folder, pattern).MaxBy(found => found.Version).Path
        ?? throw new FileNotFoundException($"the peers have no {pattern} in {folder}: are they complete?");

    /// <summary>The version of Apache Kafka that the peers hold.</summary>
    public static Version KafkaVersion => Versions(Jars, ClientsJar).Max(found => found.Version)!;

    /// <summary>Kafka's client, which also holds the definitions of all messages.</summary>
    public static string KafkaClientsJar => Newest(Jars, ClientsJar);

    /// <summary>The jars that hold the definitions of what Kafka writes and sends: its client's, and those of the two coordinators.</summary>
    public static IEnumerable<string> KafkaDefinitionJars =>
        [KafkaClientsJar, Newest(Jars, "kafka-group-coordinator-*.jar"), Newest(Jars, "kafka-transaction-coordinator-*.jar")];

    static readonly string Jars = System.IO.Path.Combine("lib", "kafka");
    const string ClientsJar = "kafka-clients-*.jar";

    static IEnumerable<(Version Version, string Path)> Versions(string folder, string pattern)
    {
        var (before, after) = (pattern[..pattern.IndexOf('*')], pattern[(pattern.IndexOf('*') + 1)..]);
        foreach (var path in Directory.EnumerateFileSystemEntries(System.IO.Path.Combine(Required, folder), pattern))
        {
            var name = System.IO.Path.GetFileName(path);
            if (Version.TryParse(name[before.Length..^after.Length], out var version)) yield return (version, path);
        }
    }
}
