namespace Semel.Client;

/// <summary>The names of the meters by which the client counts, for whoever collects them (<c>AddMeter</c> of OpenTelemetry, <c>dotnet-counters</c>).</summary>
public static class ClientMeters
{
    /// <summary>
    /// Counters of all producers of the process together, added to once per batch: producer.records.persisted, producer.bytes.persisted,
    /// producer.records.failed (with the tag class, an <see cref="ErrorClass"/>), producer.records.possibly_persisted, producer.unobserved_failures,
    /// producer.late_acks, producer.retries, producer.splits, producer.epoch_bumps, producer.data_loss_suspicions.
    /// </summary>
    public const string Producer = "Semel.Client.Producer";

    /// <summary>
    /// Of all consumers of the process together: messaging.client.consumed.messages and consumer.bytes.fetched by topic, consumer.lag and
    /// consumer.open_transaction_lag by partition, consumer.rebalances (with the tag kind), consumer.commits.
    /// </summary>
    public const string Consumer = "Semel.Client.Consumer";
}
