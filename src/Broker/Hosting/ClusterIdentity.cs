using Semel.Log;
using Semel.Protocol;

namespace Semel.Broker.Hosting;

/// <summary>
/// The cluster's name, kept with the data: it is the name of an empty log. So it is as durable as every log, and reading it opens nothing.
/// </summary>
internal static class ClusterIdentity
{
    const string Prefix = "cluster~";

    /// <param name="wanted">The name that was configured; null to keep the one that is there, or to make one.</param>
    /// <exception cref="BrokerConfigException">The data belongs to another cluster than the one that was configured.</exception>
    public static string Of(ILogStore store, string? wanted)
    {
        if (store.Names.FirstOrDefault(name => name.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..] is { } kept)
        {
            if (wanted is not null && wanted != kept) throw new BrokerConfigException($"cluster.id is '{wanted}', but the data belongs to the cluster '{kept}': leave it out, or use another folder");
            return kept;
        }
        var made = wanted ?? new TopicId(Guid.NewGuid()).ToString();
        store.Create(Prefix + made, new LogOptions()).Dispose();
        return made;
    }
}
