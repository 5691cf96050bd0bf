using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>One activity for each record, from the call to the final report, by the names that OpenTelemetry gives.</summary>
public sealed class ActivityTests : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly ConcurrentQueue<Activity> _ended = [];
    readonly string _topic = $"traced-{Guid.NewGuid():N}";
    readonly ActivityListener _listener;

    public ActivityTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ClientMeters.Producer,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllDataAndRecorded,
            // Other tests produce at the same time, to topics of other names.
            ActivityStopped = activity =>
            {
                if (activity.OperationName == $"send {_topic}") _ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_record_has_an_activity_whose_context_travels_in_its_headers()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Broker.CreateTopicAsync(_topic, 1, new Dictionary<string, string>());
        await using var producer = cluster.Produce();
        using var around = new Activity("around").Start();
        Message<string, string> message = new() { Value = "value" };
        await producer.ProduceAsync(_topic, message);
        Assert.Same(around, Activity.Current);
        await producer.FlushAsync();
        await Eventually.Is(() => _ended.Count == 1);
        var activity = Assert.Single(_ended);
        Assert.Equal((ActivityKind.Producer, around.TraceId, around.SpanId, ActivityStatusCode.Unset), (activity.Kind, activity.TraceId, activity.ParentSpanId, activity.Status));
        Assert.Equal(
            ["messaging.destination.name=" + _topic, "messaging.destination.partition.id=0", "messaging.kafka.offset=0", "messaging.message.body.size=5",
                "messaging.operation.name=send", "messaging.operation.type=send", "messaging.system=kafka"],
            activity.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
        Assert.True(activity.Duration > TimeSpan.Zero);
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = cluster.Broker.BootstrapServers }).Build();
        consumer.Assign([new TopicPartitionOffset(_topic, 0, Offset.Beginning)]);
        var read = await consumer.ConsumeAsync(Patience);
        Assert.True(read!.Value.Message.Headers!.TryGetLast("traceparent", out var parent));
        Assert.Equal(activity.Id, Encoding.UTF8.GetString(parent!.Value.Span));
        Assert.Null(message.Headers);
    }

    [Fact]
    public async Task A_context_that_the_caller_put_there_stays_and_a_failure_is_told()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("max.block.ms", "200"), ("allow.auto.create.topics", "false"));
        var headers = new Headers { { "traceparent", "mine"u8.ToArray() } };
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(_topic, new() { Value = "v", Headers = headers }).AsTask());
        await Eventually.Is(() => _ended.Count == 1);
        var activity = Assert.Single(_ended);
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.NotNull(activity.GetTagItem("error.type"));
        Assert.Single(headers);
    }

    [Fact]
    public async Task A_record_that_its_caller_takes_back_ends_its_activity()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Fault("Metadata:answer:blackhole");
        await using var producer = cluster.Produce(("close.timeout.ms", "0"));
        using var cancellation = new CancellationTokenSource();
        var waiting = producer.ProduceAsync(_topic, new() { Value = "v" }, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.Is(() => _ended.Count == 1);
    }
}
