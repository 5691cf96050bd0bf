using System.Text.Json;

namespace Semel.Compat.Confluent;

/// <summary>statistics.interval.ms of a producer.</summary>
sealed class ProducerStatistics : IDisposable
{
    readonly Timer _timer;

    public ProducerStatistics(ProducerCore core, Inner.IProducer producer, int interval, Action<string> handler) =>
        _timer = new Timer(_ => core.Events.Post(() => handler(Text(core, producer))), null, interval, interval);

    static string Text(ProducerCore core, Inner.IProducer producer) => StatisticsText.Of(core, "producer", json =>
    {
        json.WriteNumber("msg_cnt", core.Outstanding);
        json.WriteNumber("msg_size", core.Counts.WaitingBytes);
        json.WriteNumber("msg_max", core.MostRecords);
        json.WriteNumber("msg_size_max", long.Parse(producer.Info.EffectiveConfig["buffer.memory"] ?? "0"));
        json.WriteNumber("txmsgs", core.Counts.Delivered);
        json.WriteNumber("txmsg_bytes", core.Counts.DeliveredBytes);
        json.WriteTopics(core.Counts.Partitions.Select(static entry => (entry.Key.Topic, entry.Key.Partition, (Action<Utf8JsonWriter>)(partition =>
        {
            partition.WriteNumber("txmsgs", Interlocked.Read(ref entry.Value.Records));
            partition.WriteNumber("txbytes", Interlocked.Read(ref entry.Value.Bytes));
            partition.WriteNumber("msgs_failed", Interlocked.Read(ref entry.Value.Failed));
        }))));
        json.WriteStartObject("eos");
        json.WriteNumber("producer_id", producer.Info.ProducerId.Value);
        json.WriteNumber("producer_epoch", producer.Info.ProducerEpoch.Value);
        json.WriteEndObject();
    });

    public void Dispose() => _timer.Dispose();
}
