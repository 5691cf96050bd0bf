using System.Collections.Concurrent;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

public sealed class UnknownTopicTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_topic_that_stays_unknown_is_told_long_before_its_records_fail()
    {
        var time = new ManualTime();
        var logs = new RecordingLogs();
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.Address.ToString(), ["allow.auto.create.topics"] = "false", ["max.block.ms"] = "3600000", ["close.timeout.ms"] = "0" })
            .UseTimeProvider(time).UseLoggerFactory(logs).Build();
        var told = new ConcurrentQueue<ProducerEvent>();
        producer.Events += told.Enqueue;
        var failure = new TaskCompletionSource<ProduceException?>();
        producer.Produce("missing", new Message<string, string> { Value = "v" }, report => failure.TrySetResult(report.Error));
        await time.RunUntilAsync(() => !told.IsEmpty);
        Assert.Equal(new PartitionUnavailable(new TopicPartition("missing", -1), ErrorCode.UnknownTopicOrPartition, "the cluster answers the question for topic missing with UnknownTopicOrPartition"), Assert.Single(told));
        Assert.False(failure.Task.IsCompleted);
        Assert.Contains(logs.Lines, line => line.Text.Contains("cannot be written to: UnknownTopicOrPartition"));
    }
}
