namespace Semel.Protocol.Tests.Schemas;

/// <summary>
/// Where the real Kafka lies: the folder that SEMEL_PEERS names, else the first <c>shared/peers</c> beside a parent of the test's folder.
/// </summary>
static class Peers
{
    public static readonly string? Folder = Find();

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SEMEL_PEERS") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "peers") is var path && Directory.Exists(path))
                return path;
        return null;
    }

    public static string Jar(string name) => Path.Combine(
        Folder ?? throw new InvalidOperationException("the peers are not at hand: set SEMEL_PEERS to their folder"), "lib", "kafka", name);
}

/// <summary>
/// A test that needs the peers. Where they are absent it is reported as skipped, unless SEMEL_REQUIRE_PEERS=1 forbids that: then it runs, and fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class PeersFactAttribute : FactAttribute
{
    public PeersFactAttribute()
    {
        if (Peers.Folder is null && Environment.GetEnvironmentVariable("SEMEL_REQUIRE_PEERS") != "1")
            Skip = "the peers are not at hand: set SEMEL_PEERS to their folder";
    }
}
