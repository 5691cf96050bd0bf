using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Semel.Client.Producing.Accumulation;

/// <summary>Activities of producers, by OpenTelemetry's conventions of messaging. Nobody who listens costs one look.</summary>
internal static class ProducerActivities
{
    static readonly ActivitySource Source = new(ClientMeters.Producer);

    public static bool IsListenedTo => Source.HasListeners();

    /// <summary>A record is brought. Its context goes into the headers, unless whoever brings it has put one there.</summary>
    public static Activity? Begin(string topic, in RawRecord record, Headers headers)
    {
        if (!Source.HasListeners()) return null;
        var around = Activity.Current;
        var activity = Source.StartActivity($"send {topic}", ActivityKind.Producer);
        if (activity is null) return null;
        // It ends with the final report; what the caller does next is no part of it.
        Activity.Current = around;
        activity.SetTag("messaging.system", "kafka");
        activity.SetTag("messaging.operation.name", "send");
        activity.SetTag("messaging.operation.type", "send");
        activity.SetTag("messaging.destination.name", topic);
        activity.SetTag("messaging.message.body.size", record.Value.Length);
        if (!record.HasValue) activity.SetTag("messaging.kafka.message.tombstone", true);
        if (!headers.TryGetLast("traceparent", out _))
            DistributedContextPropagator.Current.Inject(activity, headers,
                static (carrier, name, value) => ((Headers)carrier!).Add(name, Encoding.UTF8.GetBytes(value)));
        return activity;
    }

    public static void End(Activity? activity, in DeliveryResult result, ProduceException? failure)
    {
        if (activity is null) return;
        if (result.Partition >= 0) activity.SetTag("messaging.destination.partition.id", result.Partition.ToString(CultureInfo.InvariantCulture));
        if (result.Offset != Offset.Unset) activity.SetTag("messaging.kafka.offset", result.Offset.Value);
        if (failure is not null)
        {
            activity.SetTag("error.type", ProducerActivities.TypeOf(failure.Error));
            activity.SetStatus(ActivityStatusCode.Error, failure.Message);
        }
        Stop(activity);
    }

    /// <summary>Its caller took the record back.</summary>
    public static void Withdraw(Activity? activity)
    {
        if (activity is null) return;
        activity.SetStatus(ActivityStatusCode.Error, "withdrawn before it was accepted");
        Stop(activity);
    }

    public static string TypeOf(Error error) => error.IsLocal ? error.LocalCode.ToString() : error.Code.ToString();

    /// <summary>Stopping sets what is current here to what was current there.</summary>
    static void Stop(Activity activity)
    {
        var around = Activity.Current;
        activity.Stop();
        Activity.Current = around;
    }
}
