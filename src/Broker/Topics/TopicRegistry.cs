using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// The topics that are there, as the catalog tells, and their partitions, which are made when somebody first asks for them. Thread safe.
/// A topic is created when all its logs are there and open, and the catalog has it after that. It is deleted when the catalog has forgotten it; its logs are removed
/// after that, at the next start if need be.
/// </summary>
internal sealed class TopicRegistry
{
    const int ClosedAtOnce = 8;

    readonly Sequencer<CatalogCommand, CatalogReply, CatalogView> _catalog;
    readonly ILogStore _store;
    readonly PartitionFactory _partitions;
    readonly ILogger _logger;
    readonly TopicCreation _creation;

    readonly ConcurrentDictionary<TopicId, Topic> _topics = [];
    readonly ConcurrentDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    volatile CatalogView _view = CatalogView.Empty;

    public TopicRegistry(Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogStore store, PartitionFactory partitions, ProducerIdSource producerIds, ILogger logger)
    {
        (_catalog, _store, _partitions, _logger) = (catalog, store, partitions, logger);
        _creation = new TopicCreation(catalog, store, partitions, producerIds, _topics, logger);
    }

    /// <summary>A topic was deleted: the catalog has forgotten it, durably. Told on the thread of whoever deleted it; nobody who is told waits or throws.</summary>
    public event Action<CatalogTopic>? Deleted;

    /// <summary>A topic of the broker's own, before the catalog is opened.</summary>
    public void Add(IStateTopic topic) => _partitions.Add(topic);

    /// <summary>What the catalog says; while its log is opened anew after a failure, what it said last.</summary>
    public CatalogView View => _catalog.View is { } view ? _view = view : _view;

    public bool TryFind(string name, [NotNullWhen(true)] out Topic? topic)
    {
        // While the catalog stays as it is, one look into a table is enough.
        var view = View;
        if (_byName.TryGetValue(name, out topic) && topic.WasSeenAt(view.EndOffset)) return true;
        topic = view.TryFind(name, out var described) ? TopicOf(described) : null;
        if (topic is null) return false;
        topic.SeenAt(view.EndOffset);
        _byName[name] = topic;
        if (View.EndOffset != view.EndOffset) _byName.TryRemove(KeyValuePair.Create(name, topic));
        return true;
    }

    public bool TryFind(TopicId id, [NotNullWhen(true)] out Topic? topic)
    {
        var view = View;
        if (_topics.TryGetValue(id, out topic) && topic.WasSeenAt(view.EndOffset)) return true;
        topic = view.TryFind(id, out var described) ? TopicOf(described) : null;
        topic?.SeenAt(view.EndOffset);
        return topic is not null;
    }

    /// <summary>Whether the partition's log could not be opened. Asks nobody to open it: what nobody has used yet is not offline.</summary>
    public bool IsOffline(TopicId id, int partition) => _topics.TryGetValue(id, out var topic) && topic.Find(partition)?.Reader.OfflineReason is not null;

    Topic? TopicOf(CatalogTopic described)
    {
        if (_topics.TryGetValue(described.TopicId, out var topic)) return topic;
        topic = _topics.GetOrAdd(described.TopicId, static (_, arguments) => arguments._partitions.NewTopic(arguments.described), (_partitions, described));
        // Deleted between the look and the entry: then nobody else would take it out again.
        return View.TryFind(described.TopicId, out _) || !_topics.TryRemove(described.TopicId, out _) ? topic : null;
    }

    /// <summary>Creates a topic; completes when all its partitions serve and the catalog has it, or when nothing of it is left and the reply says why.</summary>
    public Task<CatalogReply> CreateAsync(NewTopic wanted) => _creation.CreateAsync(wanted);

    /// <summary>Creates a topic as the broker wants it of which only the name is known: one of its own as that has to be, any other with the broker's defaults.</summary>
    public Task<CatalogReply> CreateOnFirstUseAsync(string name) => CreateAsync(_partitions.StateTopic(name)?.Wanted() ?? new NewTopic { Name = name, TopicId = NewTopicId.Next() });

    /// <summary>See <see cref="IStateTopic.ReadyAsync"/>; nothing has to be made for a name that is not one of the broker's own.</summary>
    public ValueTask<ErrorCode> StateReadyAsync(string name) => _partitions.StateTopic(name)?.ReadyAsync() ?? new(ErrorCode.None);

    public Task<CatalogReply> DeleteAsync(string name) => DeleteAsync(CatalogCommand.DeleteTopic(name));
    public Task<CatalogReply> DeleteAsync(TopicId id) => DeleteAsync(CatalogCommand.DeleteTopic(id));

    async Task<CatalogReply> DeleteAsync(CatalogCommand command)
    {
        var reply = await _catalog.AskAsync(command);
        if (reply is not { Error: ErrorCode.None, Topic: { } described }) return reply;
        Broker.Log.TopicDeleted(_logger, described.Name, described.TopicId);
        Deleted?.Invoke(described);
        if (_topics.TryRemove(described.TopicId, out var topic))
        {
            _byName.TryRemove(KeyValuePair.Create(described.Name, topic));
            await topic.CloseAsync();
        }
        for (var partition = 0; partition < described.PartitionCount; partition++) _store.TryDelete(PartitionLogName.Of(described, partition), _logger);
        return reply;
    }

    /// <summary>
    /// The partitions that have a log, or had one: what is gone is told by opening it. Those of an earlier version without a log are left to their first use.
    /// The broker's own come first, transactions before all: what was decided goes on by itself, and readers wait for it.
    /// </summary>
    public List<ISequencer> WithLogs()
    {
        var found = new List<ISequencer>();
        var names = new HashSet<string>(_store.Names);
        foreach (var described in View.Topics.OrderBy(static topic => topic.Name == InternalTopic.Transactions ? 0 : topic.IsInternal ? 1 : 2))
            foreach (var partition in TopicOf(described)?.Partitions ?? [])
                if (described.HasLogs || names.Contains(partition.Writer.LogName)) found.Add(partition.Writer);
        return found;
    }

    /// <summary>Closes all partitions in order. Each forces files of its own, so several at a time.</summary>
    public async Task StopAsync(bool withSnapshots)
    {
        await _creation.Ended();
        await Parallel.ForEachAsync(_topics.Values.SelectMany(topic => topic.Partitions), new ParallelOptions { MaxDegreeOfParallelism = ClosedAtOnce },
            async (partition, _) => await partition.Writer.StopAsync(withSnapshots));
    }
}
