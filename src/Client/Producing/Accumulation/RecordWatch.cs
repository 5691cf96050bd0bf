using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Who sees each record from the moment it is brought to its final report: interceptors, and whoever listens to activities. With neither it costs two looks.
/// </summary>
internal sealed class RecordWatch(IReadOnlyList<IProducerInterceptor> interceptors, CompletionPump pump, ILogger logger)
{
    public bool IsOn => interceptors.Count > 0 || ProducerActivities.IsListenedTo;

    /// <summary>A record is brought.</summary>
    /// <param name="callback">To be given along from here on.</param>
    /// <returns>The record as it is to be accepted.</returns>
    public RawRecord Begin(string topic, in RawRecord record, ref DeliveryCallback? callback)
    {
        var headers = record.Headers is { } given ? new Headers(given) : new Headers();
        foreach (var interceptor in interceptors)
        {
            try { interceptor.OnSend(new OutgoingRecord(topic, record, headers)); }
            catch (Exception failure) { Log.InterceptorFailed(logger, failure); }
        }
        var activity = ProducerActivities.Begin(topic, record, headers);
        if (interceptors.Count > 0 || activity is not null) callback = new WatchedDelivery(this, headers, activity, callback);
        return record with { Headers = headers.Count > 0 ? headers : null };
    }

    public void Acknowledged(in DeliveryResult result, ProduceException? failure, Headers headers)
    {
        foreach (var interceptor in interceptors)
        {
            try { interceptor.OnAcknowledgement(result, failure, headers); }
            catch (Exception thrown) { Log.InterceptorFailed(logger, thrown); }
        }
    }

    /// <summary>The record was refused before anything of it was kept.</summary>
    public void Refused(DeliveryCallback? callback, TopicPartition name, Exception failure)
    {
        // The handler of the application is not told: its caller gets the exception.
        if (callback is WatchedDelivery watched) pump.PostHandler(() => watched.FailAlone(failure as ProduceException ?? Refusals.NoPartition(name, failure)));
    }
}

/// <summary>What the watchers are told of one record, and behind it its handler.</summary>
internal sealed class WatchedDelivery(RecordWatch watch, Headers headers, Activity? activity, DeliveryCallback? handler) : DeliveryCallback
{
    public override bool IsHandler => handler is not null;

    public override void Place(int index, long timestamp)
    {
        base.Place(index, timestamp);
        handler?.Place(index, timestamp);
    }

    public override void Run(DeliveryGroup group)
    {
        var (result, failure) = group.Outcome(Index, Timestamp);
        End(result, failure);
        handler?.Run(group);
    }

    public override void Fail(ProduceException failure)
    {
        FailAlone(failure);
        handler?.Fail(failure);
    }

    /// <summary>The record was refused, and whoever brought it knows.</summary>
    public void FailAlone(ProduceException failure) =>
        End(new DeliveryResult(new TopicPartitionOffset(failure.TopicPartition, Offset.Unset), default, failure.Status), failure);

    public override void Withdraw() => ProducerActivities.Withdraw(activity);

    void End(in DeliveryResult result, ProduceException? failure)
    {
        watch.Acknowledged(result, failure, headers);
        ProducerActivities.End(activity, result, failure);
    }
}
