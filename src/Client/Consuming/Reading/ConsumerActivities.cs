using System.Diagnostics;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>Activities of consumers, by OpenTelemetry's conventions of messaging. Nobody who listens costs one look.</summary>
internal static class ConsumerActivities
{
    static readonly ActivitySource Source = new(ClientMeters.Consumer);

    /// <summary>A record was handed out; the activity is linked to the one that produced it.</summary>
    public static void Polled<TKey, TValue>(in ConsumeResult<TKey, TValue> result, string? group)
    {
        if (!Source.HasListeners()) return;
        using var activity = Source.StartActivity($"poll {result.Topic}", ActivityKind.Consumer, default(ActivityContext), links: Links(result.Message.Headers));
        if (activity is null) return;
        Describe(activity, "poll", "receive", result.TopicPartition, group);
        activity.SetTag("messaging.kafka.offset", result.Offset.Value);
    }

    /// <summary>Records were handed out together.</summary>
    public static void Polled(in PulledRecords pulled, string? group)
    {
        if (pulled.Count == 0 || !Source.HasListeners()) return;
        var partition = pulled[0].Chunk.Feed.Position.Partition;
        using var activity = Source.StartActivity($"poll {partition.Topic}", ActivityKind.Consumer);
        if (activity is null) return;
        Describe(activity, "poll", "receive", partition, group);
        activity.SetTag("messaging.batch.message_count", pulled.Count);
    }

    public static Activity? Processing<TKey, TValue>(in ConsumeResult<TKey, TValue> result, string? group)
    {
        if (!Source.HasListeners()) return null;
        var links = Links(result.Message.Headers);
        var activity = Source.StartActivity($"process {result.Topic}", ActivityKind.Consumer, links is [var producer] ? producer.Context : default, links: links);
        if (activity is null) return null;
        Describe(activity, "process", "process", result.TopicPartition, group);
        activity.SetTag("messaging.kafka.offset", result.Offset.Value);
        return activity;
    }

    static void Describe(Activity activity, string name, string type, TopicPartition partition, string? group)
    {
        activity.SetTag("messaging.system", "kafka");
        activity.SetTag("messaging.operation.name", name);
        activity.SetTag("messaging.operation.type", type);
        activity.SetTag("messaging.destination.name", partition.Topic);
        activity.SetTag("messaging.destination.partition.id", partition.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (group is not null) activity.SetTag("messaging.consumer.group.name", group);
    }

    /// <summary>Whoever produced it, by W3C's headers.</summary>
    static ActivityLink[]? Links(Headers? headers)
    {
        if (headers is null) return null;
        string? parent = null, state = null;
        foreach (var header in headers)
        {
            if (header.Key == "traceparent") parent = Text(header.Value);
            else if (header.Key == "tracestate") state = Text(header.Value);
        }
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? [new ActivityLink(context)] : null;
    }

    static string? Text(ReadOnlyMemory<byte>? value) => value is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : null;
}
