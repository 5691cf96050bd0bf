using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Reading;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming.Groups;

/// <summary>
/// Looks for the offsets at which partitions of a group begin (3.1): what the group has committed, and where it has committed nothing what the policy says. An answer
/// that fails is asked for again, never taken for "nothing committed".
/// </summary>
internal sealed class StartPositions(RecordSource source, Func<IGroupOffsets> offsets, MetadataCache metadata, ConsumerOptions options, CancellationToken closing)
{
    readonly NewPartitionsRule _new = new();
    Task _baseline = Task.CompletedTask;

    /// <summary>The application subscribes to these names: what they have now is old.</summary>
    public void Learn(IReadOnlyCollection<string> topics) => _baseline = LearnAsync(_baseline, topics);

    async Task LearnAsync(Task before, IReadOnlyCollection<string> topics)
    {
        await before.ConfigureAwait(false);
        foreach (var topic in topics)
        {
            try
            {
                var known = await metadata.GetAsync(topic, options.AllowAutoCreate, closing).AsTask().WaitAsync(options.ApiTimeout, options.Time, closing).ConfigureAwait(false);
                if (known.Error is ErrorCode.None or ErrorCode.UnknownTopicOrPartition) lock (_new) _new.Learn(topic, known.Partitions.Count);
            }
            // Whoever cannot be asked has said nothing: then the partitions count as old, once they are assigned.
            catch (Exception failure) when (failure is BrokerConnectionException or TimeoutException or OperationCanceledException or ObjectDisposedException) { }
        }
    }

    /// <summary>Finds where these begin, however long it takes, as long as one of them is assigned.</summary>
    public async Task FindAsync(IReadOnlyList<PartitionFeed> feeds, Action<KafkaException> tell)
    {
        var isTold = false;
        for (var attempt = 1; !closing.IsCancellationRequested && feeds.Any(static feed => !feed.IsUnassigned); attempt++)
        {
            try
            {
                var committed = await offsets().FetchAsync([.. feeds.Select(static feed => feed.Position.Partition)], null, closing).ConfigureAwait(false);
                await _baseline.ConfigureAwait(false);
                Start(feeds, committed);
                return;
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested) { return; }
            catch (Exception failure)
            {
                ConsumerLog.StartNotFound(options.Connections.Logger, failure, attempt);
                // What passes by itself is not worth a word; what does not is told once, and asked again all the same.
                if (!isTold && failure is KafkaException { IsRetriable: false } told)
                {
                    isTold = true;
                    tell(told);
                }
            }
            await Task.Delay(options.Connections.Retrying.After(attempt), options.Time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    void Start(IReadOnlyList<PartitionFeed> feeds, IReadOnlyList<GroupOffset> committed)
    {
        lock (_new) _new.Settle(feeds.Select(static feed => feed.Position.Partition));
        foreach (var feed in feeds)
        {
            var partition = feed.Position.Partition;
            var found = committed.FirstOrDefault(one => one.Partition == partition);
            if (found.Partition != partition) found = new GroupOffset(partition, -1, -1);
            bool isNew;
            lock (_new) isNew = _new.IsNew(partition);
            source.Start(feed, new StartPosition(found.Offset, found.LeaderEpoch, isNew ? options.ResetNew : options.Reset));
        }
    }
}
