using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>What can be counted and traced of consumers. Other tests of the process count too, so each looks at its own topic only.</summary>
public sealed class ConsumerMetricsTests : ScriptedGroupTest
{
    readonly string _topic = $"counted-{Guid.NewGuid():N}";
    readonly ScriptedLog _log = new();
    readonly MeterListener _listener = new();
    readonly ConcurrentDictionary<string, long> _seen = new();

    public ConsumerMetricsTests()
    {
        ScriptedLog.Serve(_broker, _topic, _log);
        _listener.InstrumentPublished = static (instrument, listener) => { if (instrument.Meter.Name == ClientMeters.Consumer) listener.EnableMeasurementEvents(instrument); };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag.Value as string == _topic || tag.Key == "kind") _seen[$"{instrument.Name}{(tag.Key == "kind" ? $" {tag.Value}" : "")}"] = value;
            if (instrument.Name == "consumer.commits") _seen.AddOrUpdate(instrument.Name, value, (_, before) => before + value);
        });
        _listener.Start();
    }

    [Fact]
    public async Task Records_bytes_lags_rebalances_and_commits_are_counted_and_what_was_counted_stays_when_the_consumer_goes()
    {
        _log.Append("0", "1", "2", "3").Transactional(1, CompressionCodec.None, "open");
        var consumer = Consumer(_group);
        consumer.Subscribe(_topic);
        await _group.AssignAsync(new TopicPartition(_topic, 0));
        await TakeAsync(consumer, 3);
        _listener.RecordObservableInstruments();
        Assert.Equal((3L, 2L, 1L), (_seen["messaging.client.consumed.messages"], _seen["consumer.lag"], _seen["consumer.open_transaction_lag"]));
        Assert.True(_seen["consumer.bytes.fetched"] > 50);
        Assert.True(_seen["consumer.rebalances assigned"] > 0);
        await consumer.CommitAsync();
        Assert.True(_seen["consumer.commits"] > 0);
        await consumer.DisposeAsync();
        _seen.Clear();
        _listener.RecordObservableInstruments();
        Assert.Equal(3, _seen["messaging.client.consumed.messages"]);
        Assert.False(_seen.ContainsKey("consumer.lag"));
        _listener.Dispose();
    }

    [Fact]
    public async Task What_is_handed_out_and_processed_is_traced_when_somebody_listens()
    {
        _log.Append("0");
        var consumer = Consumer(_group);
        consumer.Subscribe(_topic);
        await _group.AssignAsync(new TopicPartition(_topic, 0));
        var result = (await consumer.ConsumeAsync(Long))!.Value;
        Assert.Null(result.StartProcessing("g"));
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ClientMeters.Consumer, Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => { if (activity.OperationName.EndsWith(_topic, StringComparison.Ordinal)) stopped.Enqueue(activity); },
        };
        ActivitySource.AddActivityListener(listener);
        _log.Append("1");
        result = (await consumer.ConsumeAsync(Long))!.Value;
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var headers = new Headers();
        headers.Add("traceparent", System.Text.Encoding.UTF8.GetBytes(Parent));
        var traced = result with { Message = result.Message with { Headers = headers } };
        using (var processing = traced.StartProcessing("g")) Assert.Equal("b7ad6b7169203331", processing!.ParentSpanId.ToHexString());
        _log.Append("2");
        using (var batch = await consumer.ConsumeBatchAsync()) Assert.Equal(1, batch.Count);
        Assert.Equal([$"poll {_topic}", $"process {_topic}", $"poll {_topic}"], stopped.Select(static activity => activity.OperationName));
        var poll = stopped.First();
        Assert.Equal(("kafka", "receive", _topic, "0", "g", 1L), (poll.GetTagItem("messaging.system"), poll.GetTagItem("messaging.operation.type"), poll.GetTagItem("messaging.destination.name"),
            poll.GetTagItem("messaging.destination.partition.id"), poll.GetTagItem("messaging.consumer.group.name"), poll.GetTagItem("messaging.kafka.offset")));
    }
}
