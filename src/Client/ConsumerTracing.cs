using System.Diagnostics;
using Semel.Client.Consuming.Reading;

namespace Semel.Client;

/// <summary>Activities of what an application does with the records that it was handed out, by OpenTelemetry's conventions of messaging.</summary>
public static class ConsumerTracing
{
    /// <summary>
    /// Begins the activity "process TOPIC" of the source <see cref="ClientMeters.Consumer"/>, a child of the one that produced the record when its headers name it
    /// (traceparent). Dispose of it when the record is processed. That a record was handed out is an activity of its own ("poll TOPIC"), which the consumer makes.
    /// </summary>
    /// <param name="group">The consumer's group, if it has one.</param>
    /// <returns>Null when nobody listens.</returns>
    public static Activity? StartProcessing<TKey, TValue>(this in ConsumeResult<TKey, TValue> result, string? group = null) => ConsumerActivities.Processing(result, group);
}
