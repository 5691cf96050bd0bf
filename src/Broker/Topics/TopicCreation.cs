using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// How a topic comes to be: the catalog says that it may, its logs are made and its partitions open, the catalog has it, the answer goes out. When its logs cannot be
/// made nothing of it is left. One of a name after the other, so that those who want the same topic at once do not make its logs in vain. Thread safe.
/// </summary>
/// <param name="topics">Where the partitions of all topics are found.</param>
internal sealed class TopicCreation(Sequencer<CatalogCommand, CatalogReply, CatalogView> catalog, ILogStore store, PartitionFactory partitions, ProducerIdSource producerIds,
    ConcurrentDictionary<TopicId, Topic> topics, ILogger logger)
{
    readonly ConcurrentDictionary<string, Task> _underWay = new(StringComparer.Ordinal);

    /// <summary>Completes when those that are under way have ended.</summary>
    public Task Ended() => Task.WhenAll(_underWay.Values);

    public async Task<CatalogReply> CreateAsync(NewTopic wanted)
    {
        if (wanted.ValidateOnly) return await catalog.AskAsync(CatalogCommand.CreateTopic(wanted));
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_underWay.GetOrAdd(wanted.Name, done.Task) is var before && before != done.Task) await before;
        try
        {
            return await CreateAloneAsync(wanted);
        }
        finally
        {
            _underWay.TryRemove(wanted.Name, out _);
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
        if (await topic.OpenAsync() is { } failure)
        {
            await RemoveAsync(topic);
            return CatalogReply.Failed(ErrorCode.KafkaStorageError, $"topic '{wanted.Name}' was not created, because the log of a partition could not be made: {failure}");
        }
        // It is found here before the catalog has it, so that nobody opens its logs a second time.
        topics[described.TopicId] = topic;
        return await EnterAsync(wanted, topic);
    }

    async Task<CatalogReply> EnterAsync(NewTopic wanted, Topic topic)
    {
        var id = topic.Description.TopicId;
        var reply = await catalog.AskAsync(CatalogCommand.CreateTopic(wanted));
        // Nobody knows whether the catalog has it? Once its log is open again, that tells.
        var isDoubtful = reply.Error == ErrorCode.KafkaStorageError;
        var view = isDoubtful && await catalog.OpenAsync() ? catalog.View : null;
        if (view is not null && view.TryFind(id, out var entered)) reply = CatalogReply.Done(entered);
        if (reply.Error == ErrorCode.None)
        {
            OpeningWaste.GiveBack(topic.Partitions.Count);
            Broker.Log.TopicCreated(logger, topic.Name, topic.Partitions.Count, id);
            if (!topic.Description.IsInternal && TopicConfigTable.Remark(reply.Topic!.Config.Overrides) is { } remark) Broker.Log.TopicConfigWithoutEffect(logger, topic.Name, remark);
            return reply;
        }
        topics.TryRemove(id, out _);
        // The next start finds out what to do with the logs of which nobody knows.
        if (isDoubtful && view is null) await topic.CloseAsync();
        else await RemoveAsync(topic);
        return reply;
    }

    async Task RemoveAsync(Topic topic)
    {
        await topic.CloseAsync();
        foreach (var partition in topic.Partitions) store.TryDelete(partition.Writer.LogName, logger);
    }
}
