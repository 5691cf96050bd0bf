namespace Semel.Client;

/// <summary>The names of the meters by which the client counts, for whoever collects them (<c>AddMeter</c> of OpenTelemetry, <c>dotnet-counters</c>).</summary>
public static class ClientMeters
{
    /// <summary>
    /// Of all producers of the process together, counted once per batch or request: producer.records.accepted, producer.records.persisted, producer.bytes.persisted,
    /// producer.records.failed (with the tag class, an <see cref="ErrorClass"/>), producer.records.possibly_persisted, producer.unobserved_failures,
    /// producer.late_acks, producer.retries, producer.splits, producer.epoch_bumps, producer.data_loss_suspicions, producer.batch.records, producer.batch.bytes,
    /// producer.buffer.used, producer.waiting, producer.throttle_time, and by topic messaging.client.sent.messages and messaging.client.operation.duration.
    /// </summary>
    public const string Producer = "Semel.Client.Producer";

    /// <summary>
    /// Of all consumers of the process together: messaging.client.consumed.messages and consumer.bytes.fetched by topic, consumer.lag and
    /// consumer.open_transaction_lag by partition, consumer.rebalances (with the tag kind), consumer.commits. The name of their source of activities as well.
    /// </summary>
    public const string Consumer = "Semel.Client.Consumer";
}
