using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>Asks the cluster about topics for which records wait, one task per topic at a time, until it is answered or nobody waits any more. Thread safe.</summary>
/// <param name="now">The producer's own clock.</param>
/// <param name="tell">Takes what the application should know.</param>
internal sealed class TopicLookup(MetadataCache metadata, WaitingRoom room, ProducerOptions options, TimeProvider time, Func<TimeSpan> now,
    Action<ProducerEvent> tell) : IDisposable
{
    readonly CancellationTokenSource _closing = new();

    public void Begin(TopicAccumulator topic)
    {
        if (topic.TryBeginFetch()) _ = Task.Run(() => RunAsync(topic));
    }

    async Task RunAsync(TopicAccumulator topic)
    {
        try
        {
            var trouble = new Trouble();
            while (!await TryOnceAsync(topic, trouble).ConfigureAwait(false) && room.IsLookupWanted(topic))
                await Task.Delay(options.RetryBackoff, time, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
        finally
        {
            topic.EndFetch();
        }
        // Somebody may have come between the last answer and now.
        if (room.IsLookupWanted(topic)) Begin(topic);
    }

    /// <returns>Whether the answer is final.</returns>
    async ValueTask<bool> TryOnceAsync(TopicAccumulator topic, Trouble trouble)
    {
        var here = room.WaitingFor(topic);
        try
        {
            var answer = topic.Has(null) ? (await metadata.RefreshAsync(_closing.Token).ConfigureAwait(false)).Find(topic.Name)
                : await metadata.GetAsync(topic.Name, options.AllowTopicCreation, _closing.Token).ConfigureAwait(false);
            topic.LookupFailure = null;
            if (answer is null) return false;
            if (answer.Error == ErrorCode.None)
            {
                topic.Update(answer);
                room.Fail(topic, record => here.Contains(record) && !topic.Has(record.Partition), record => Refusals.UnknownPartition(record.Name, topic.Partitions.Length));
                return true;
            }
            if (answer.IsErrorRetriable)
            {
                var reason = $"the cluster answers the question for topic {topic.Name} with {answer.Error}";
                if (TroubleRule.IsNews(trouble, answer.Error, reason, now())) tell(new PartitionUnavailable(new TopicPartition(topic.Name, -1), answer.Error, reason));
                return false;
            }
            room.Fail(topic, record => !topic.Has(record.Partition), record => Refusals.UnknownTopic(record.Name, answer.Error));
            return true;
        }
        catch (BrokerConnectionException failure)
        {
            topic.LookupFailure = failure.Message;
            return false;
        }
    }

    public void Dispose() => _closing.Cancel();
}
