using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// The topics that are there, as the catalog tells, and their partitions, which are made when somebody first asks for them. Thread safe.
/// A topic is created when the catalog has it; its logs follow with their first use. It is deleted when the catalog has forgotten it; its logs are
/// removed after that, at the next start if need be.
/// </summary>
internal sealed class TopicRegistry(Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogStore store, PartitionFactory partitions, ILogger logger)
{
    const int ClosedAtOnce = 8;

    readonly ConcurrentDictionary<TopicId, Topic> _topics = [];
    volatile CatalogView _view = CatalogView.Empty;

    /// <summary>What the catalog says; while its log is opened anew after a failure, what it said last.</summary>
    public CatalogView View => catalog.View is { } view ? _view = view : _view;

    public bool TryFind(string name, [NotNullWhen(true)] out Topic? topic)
    {
        topic = View.TryFind(name, out var described) ? TopicOf(described) : null;
        return topic is not null;
    }

    public bool TryFind(TopicId id, [NotNullWhen(true)] out Topic? topic)
    {
        topic = View.TryFind(id, out var described) ? TopicOf(described) : null;
        return topic is not null;
    }

    /// <summary>Whether the partition's log could not be opened. Asks nobody to open it: what nobody has used yet is not offline.</summary>
    public bool IsOffline(TopicId id, int partition) => _topics.TryGetValue(id, out var topic) && topic.Find(partition)?.Sequencer.OfflineReason is not null;

    Topic? TopicOf(CatalogTopic described)
    {
        if (_topics.TryGetValue(described.TopicId, out var topic)) return topic;
        topic = _topics.GetOrAdd(described.TopicId, static (_, arguments) => arguments.partitions.NewTopic(arguments.described), (partitions, described));
        // Deleted between the look and the entry: then nobody else would take it out again.
        return View.TryFind(described.TopicId, out _) || !_topics.TryRemove(described.TopicId, out _) ? topic : null;
    }

    public async Task<CatalogReply> CreateAsync(NewTopic wanted)
    {
        var reply = await catalog.AskAsync(CatalogCommand.CreateTopic(wanted));
        if (reply is { Error: ErrorCode.None, Topic: { } topic } && !wanted.ValidateOnly)
            Broker.Log.TopicCreated(logger, topic.Name, topic.PartitionCount, topic.TopicId);
        return reply;
    }

    public Task<CatalogReply> DeleteAsync(string name) => DeleteAsync(CatalogCommand.DeleteTopic(name));
    public Task<CatalogReply> DeleteAsync(TopicId id) => DeleteAsync(CatalogCommand.DeleteTopic(id));

    async Task<CatalogReply> DeleteAsync(CatalogCommand command)
    {
        var reply = await catalog.AskAsync(command);
        if (reply is not { Error: ErrorCode.None, Topic: { } described }) return reply;
        Broker.Log.TopicDeleted(logger, described.Name, described.TopicId);
        if (_topics.TryRemove(described.TopicId, out var topic))
            await Task.WhenAll(topic.Partitions.Select(partition => partition.Sequencer.StopAsync(withSnapshot: false)));
        for (var partition = 0; partition < described.PartitionCount; partition++) DeleteLog(PartitionLogName.Of(described, partition));
        return reply;
    }

    /// <summary>The partitions that have a log already, whose logs can be opened before somebody asks.</summary>
    public List<ISequencer> WithLogs()
    {
        var found = new List<ISequencer>();
        var names = new HashSet<string>(store.Names);
        foreach (var described in View.Topics)
            foreach (var partition in TopicOf(described)?.Partitions ?? [])
                if (names.Contains(partition.Sequencer.LogName)) found.Add(partition.Sequencer);
        return found;
    }

    /// <summary>Closes all partitions in order. Each forces files of its own, so several at a time.</summary>
    public Task StopAsync(bool withSnapshots) =>
        Parallel.ForEachAsync(_topics.Values.SelectMany(topic => topic.Partitions), new ParallelOptions { MaxDegreeOfParallelism = ClosedAtOnce },
            async (partition, _) => await partition.Sequencer.StopAsync(withSnapshots));

    /// <summary>Removes the logs of topics that the catalog does not know: what a deletion left when the process ended in between.</summary>
    public void DeleteLogsWithoutTopic()
    {
        HashSet<string>? wanted = null;
        foreach (var name in store.Names)
        {
            if (!PartitionLogName.IsPartition(name) || (wanted ??= LogNames()).Contains(name)) continue;
            Broker.Log.LogWithoutTopic(logger, name);
            DeleteLog(name);
        }
    }

    HashSet<string> LogNames()
    {
        var names = new HashSet<string>();
        foreach (var topic in View.Topics)
            for (var partition = 0; partition < topic.PartitionCount; partition++) names.Add(PartitionLogName.Of(topic, partition));
        return names;
    }

    void DeleteLog(string name)
    {
        try
        {
            store.Delete(name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Broker.Log.LogNotDeleted(logger, name, exception);
        }
    }
}
