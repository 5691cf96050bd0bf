namespace Semel.Extensions.Hosting;

/// <summary>Where the health of a client begins to suffer.</summary>
public sealed class ClientHealthOptions
{
    /// <summary>A consumer with more records left to read is degraded. Markers and aborted records count until they are passed. Null (the default) for no limit.</summary>
    public long? MostLag { get; set; }

    /// <summary>Tags of the check.</summary>
    public IList<string> Tags { get; } = ["semel"];
}
