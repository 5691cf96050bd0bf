using Microsoft.Extensions.Logging;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// Logs of partitions that the catalog does not know. What a deletion left when the process ended in between goes, as the catalog's log says that the topic was
/// deleted; so does what a creation left, which is empty. Everything else somebody has put there, or it belongs to a catalog that somebody has put back: it is
/// left as it is, and told.
/// </summary>
internal sealed class StrayLogs(ILogStore store, CatalogView catalog, ILog catalogLog, ILogger logger)
{
    const int ReadBytes = 1 << 20;

    HashSet<string>? _deletedIds;

    public void Remove()
    {
        HashSet<string>? wanted = null;
        foreach (var name in store.Names)
        {
            if (!PartitionLogName.IsPartition(name) || (wanted ??= LogNames()).Contains(name)) continue;
            if (IsRemnant(name))
            {
                Broker.Log.LogWithoutTopic(logger, name);
                store.TryDelete(name, logger);
            }
            else Broker.Log.StrayLogKept(logger, name);
        }
    }

    HashSet<string> LogNames()
    {
        var names = new HashSet<string>();
        foreach (var topic in catalog.Topics)
            for (var partition = 0; partition < topic.PartitionCount; partition++) names.Add(PartitionLogName.Of(topic, partition));
        return names;
    }

    bool IsRemnant(string name) => (_deletedIds ??= DeletedIds()).Contains(PartitionLogName.IdOf(name)) || IsEmpty(name);

    /// <summary>Of all topics that were ever deleted, as text. Read only when there is a stray.</summary>
    HashSet<string> DeletedIds()
    {
        var deleted = new HashSet<TopicId>();
        var bounds = catalogLog.Bounds;
        for (var from = bounds.StartOffset; from < bounds.EndOffset;)
        {
            using var read = catalogLog.Read(from, bounds.EndOffset, ReadBytes);
            foreach (var batch in Protocol.Records.RecordBatches.Split(read.Bytes))
            {
                DeletedTopics.Collect(batch.Bytes.Span, deleted);
                from = batch.Header.NextOffset;
            }
        }
        return [.. deleted.Select(static id => id.ToString())];
    }

    bool IsEmpty(string name)
    {
        try
        {
            using var log = store.Open(name, new LogOptions());
            return log.Bounds.EndOffset == 0;
        }
        catch (IOException)
        {
            // What cannot be read may hold anything.
            return false;
        }
    }
}
