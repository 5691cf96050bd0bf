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
internal sealed class TopicRegistry(Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogStore store, PartitionFactory partitions, ProducerIdSource producerIds, ILogger logger)
{
    const int ClosedAtOnce = 8, OpenedAtOnce = 16;

    readonly ConcurrentDictionary<TopicId, Topic> _topics = [];
    readonly ConcurrentDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, Task> _creating = new(StringComparer.Ordinal);
    volatile CatalogView _view = CatalogView.Empty;

    /// <summary>What the catalog says; while its log is opened anew after a failure, what it said last.</summary>
    public CatalogView View => catalog.View is { } view ? _view = view : _view;

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
    public bool IsOffline(TopicId id, int partition) => _topics.TryGetValue(id, out var topic) && topic.Find(partition)?.Sequencer.OfflineReason is not null;

    Topic? TopicOf(CatalogTopic described)
    {
        if (_topics.TryGetValue(described.TopicId, out var topic)) return topic;
        topic = _topics.GetOrAdd(described.TopicId, static (_, arguments) => arguments.partitions.NewTopic(arguments.described), (partitions, described));
        // Deleted between the look and the entry: then nobody else would take it out again.
        return View.TryFind(described.TopicId, out _) || !_topics.TryRemove(described.TopicId, out _) ? topic : null;
    }

    /// <summary>
    /// Creates a topic; completes when all its partitions serve and the catalog has it. When its logs cannot be made, nothing of it is left and the reply says why.
    /// One of a name after the other, so that those who want the same topic at once do not make its logs in vain.
    /// </summary>
    public async Task<CatalogReply> CreateAsync(NewTopic wanted)
    {
        if (wanted.ValidateOnly) return await catalog.AskAsync(CatalogCommand.CreateTopic(wanted));
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_creating.GetOrAdd(wanted.Name, done.Task) is var before && before != done.Task) await before;
        try
        {
            return await CreateAloneAsync(wanted);
        }
        finally
        {
            _creating.TryRemove(wanted.Name, out _);
            done.SetResult();
        }
    }

    async Task<CatalogReply> CreateAloneAsync(NewTopic wanted)
    {
        var reply = await catalog.AskAsync(CatalogCommand.CreateTopic(wanted with { ValidateOnly = true }));
        if (reply is not { Error: ErrorCode.None, Topic: { } described }) return reply;
        // After the name was found to be free: whoever gets a producer id from now on cannot have written to an earlier topic of the name.
        wanted = wanted with { NextProducerId = producerIds.Next };
        var topic = partitions.NewTopic(described with { ProducersSince = wanted.NextProducerId }, isNew: true);
        if (await OpenAllAsync(topic) is { } failure)
        {
            await RemoveAsync(topic);
            return CatalogReply.Failed(ErrorCode.KafkaStorageError, $"topic '{wanted.Name}' was not created, because the log of a partition could not be made: {failure}");
        }
        // It is found here before the catalog has it, so that nobody opens its logs a second time.
        _topics[described.TopicId] = topic;
        reply = await catalog.AskAsync(CatalogCommand.CreateTopic(wanted));
        if (reply.Error == ErrorCode.KafkaStorageError) reply = await WhatBecameOfAsync(described, reply);
        OpeningWaste.GiveBack(described.PartitionCount);
        if (reply.Error == ErrorCode.None) Broker.Log.TopicCreated(logger, described.Name, described.PartitionCount, described.TopicId);
        else if (_topics.TryRemove(described.TopicId, out _)) await (reply.Error == ErrorCode.KafkaStorageError && catalog.View is null ? CloseAsync(topic) : RemoveAsync(topic));
        return reply;
    }

    /// <summary>Several at a time, because each waits for the disk; after a failure no more.</summary>
    /// <returns>Why a partition does not serve; null when all do.</returns>
    static async Task<string?> OpenAllAsync(Topic topic)
    {
        string? failure = null;
        var next = -1;
        async Task OpenSomeAsync()
        {
            while (failure is null && Interlocked.Increment(ref next) is var number && topic.Find(number) is { } partition)
                if (!await partition.Sequencer.OpenAsync()) failure = partition.Sequencer.OfflineReason ?? "the broker stops";
        }
        await Task.WhenAll(Enumerable.Range(0, Math.Min(OpenedAtOnce, topic.Partitions.Count)).Select(_ => OpenSomeAsync()));
        return failure;
    }

    /// <summary>The catalog does not know whether it wrote the topic. Once its log is open again it does.</summary>
    async Task<CatalogReply> WhatBecameOfAsync(CatalogTopic described, CatalogReply failed) =>
        await catalog.OpenAsync() && View.TryFind(described.TopicId, out var written) ? CatalogReply.Done(written) : failed;

    static Task CloseAsync(Topic topic) => Task.WhenAll(topic.Partitions.Select(partition => partition.Sequencer.StopAsync(withSnapshot: false)));

    async Task RemoveAsync(Topic topic)
    {
        await CloseAsync(topic);
        foreach (var partition in topic.Partitions) DeleteLog(partition.Sequencer.LogName);
    }

    public Task<CatalogReply> DeleteAsync(string name) => DeleteAsync(CatalogCommand.DeleteTopic(name));
    public Task<CatalogReply> DeleteAsync(TopicId id) => DeleteAsync(CatalogCommand.DeleteTopic(id));

    async Task<CatalogReply> DeleteAsync(CatalogCommand command)
    {
        var reply = await catalog.AskAsync(command);
        if (reply is not { Error: ErrorCode.None, Topic: { } described }) return reply;
        Broker.Log.TopicDeleted(logger, described.Name, described.TopicId);
        if (_topics.TryRemove(described.TopicId, out var topic))
        {
            _byName.TryRemove(KeyValuePair.Create(described.Name, topic));
            await CloseAsync(topic);
        }
        for (var partition = 0; partition < described.PartitionCount; partition++) DeleteLog(PartitionLogName.Of(described, partition));
        return reply;
    }

    /// <summary>The partitions that have a log, or had one: what is gone is told by opening it. Those of an earlier version without a log are left to their first use.</summary>
    public List<ISequencer> WithLogs()
    {
        var found = new List<ISequencer>();
        var names = new HashSet<string>(store.Names);
        foreach (var described in View.Topics)
            foreach (var partition in TopicOf(described)?.Partitions ?? [])
                if (described.HasLogs || names.Contains(partition.Sequencer.LogName)) found.Add(partition.Sequencer);
        return found;
    }

    /// <summary>Closes all partitions in order. Each forces files of its own, so several at a time.</summary>
    public async Task StopAsync(bool withSnapshots)
    {
        await Task.WhenAll(_creating.Values);
        await Parallel.ForEachAsync(_topics.Values.SelectMany(topic => topic.Partitions), new ParallelOptions { MaxDegreeOfParallelism = ClosedAtOnce },
            async (partition, _) => await partition.Sequencer.StopAsync(withSnapshots));
    }

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
