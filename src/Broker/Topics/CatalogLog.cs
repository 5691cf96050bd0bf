using Semel.Log;

namespace Semel.Broker.Topics;

/// <summary>
/// The catalog's log is made in an empty store and nowhere else: beside logs that are there already it would say that they belong to no topic.
/// </summary>
internal static class CatalogLog
{
    /// <exception cref="LogMissingException">It is not there, and other logs are.</exception>
    public static ILog Open(ILogStore store)
    {
        try
        {
            return store.Open(PartitionLogName.Catalog, new LogOptions());
        }
        catch (LogMissingException) when (store.Names.Count == 0)
        {
            return store.Create(PartitionLogName.Catalog, new LogOptions());
        }
        catch (LogMissingException) when (!store.Names.Contains(PartitionLogName.Catalog))
        {
            throw new LogMissingException($"the log '{PartitionLogName.Catalog}' is missing beside {store.Names.Count} others: restore its folder. It is not made anew.");
        }
    }
}
