using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Hosting;

/// <summary>
/// The cluster's name: a fact of the catalog. Folders of earlier versions have it as the name of an empty log, which is read once, entered into the catalog and removed. Where it cannot be entered, as on
/// a full device, a name that is there already serves, and it is entered by a later start.
/// </summary>
internal sealed class ClusterIdentity(ILogStore store, Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogger logger)
{
    const string Prefix = "cluster~";

    /// <summary>Once, before anything else; the catalog is open.</summary>
    /// <param name="wanted">The name that was configured; null to keep the one that is there, or to make one.</param>
    /// <exception cref="BrokerConfigException">The data belongs to another cluster than the one that was configured.</exception>
    /// <exception cref="IOException">The data has no name yet, and none could be entered.</exception>
    public async Task<string> LoadAsync(string? wanted)
    {
        var fact = catalog.View?.ClusterId;
        var logs = store.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        var kept = fact ?? logs.FirstOrDefault()?[Prefix.Length..];
        if (wanted is not null && kept is not null && wanted != kept) throw new BrokerConfigException($"cluster.id is '{wanted}', but the data belongs to the cluster '{kept}': leave it out, or use another folder");
        var name = kept ?? wanted ?? new TopicId(Guid.NewGuid()).ToString();
        if (fact is null && !await TryEnterAsync(name, isKept: kept is not null)) return name;
        // The catalog says it from now on.
        foreach (var log in logs.Where(log => log == Prefix + name)) store.TryDelete(log, logger);
        return name;
    }

    /// <returns>False when the log of earlier versions has to serve once more.</returns>
    async Task<bool> TryEnterAsync(string name, bool isKept)
    {
        var reply = await catalog.AskAsync(CatalogCommand.NameCluster(name));
        if (reply.Error == ErrorCode.None) return true;
        // Its log has been closed for that, and is needed open.
        if (isKept && await catalog.OpenAsync()) return false;
        throw new IOException($"the name of the cluster could not be entered into the catalog: {reply.Message}");
    }
}
