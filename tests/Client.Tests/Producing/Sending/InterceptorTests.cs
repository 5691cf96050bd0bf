using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>Code of the application that sees every record.</summary>
public sealed class InterceptorTests
{
    const string Topic = TestCluster.Topic;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Numbers the records in a header, and keeps what it is told.</summary>
    sealed class Numbering : IProducerInterceptor
    {
        int _sent;

        public ConcurrentQueue<string> Sent { get; } = [];
        public ConcurrentQueue<(string Number, PersistenceStatus Status, long Offset, string? Failure)> Acknowledged { get; } = [];
        public int? Thread { get; private set; }

        public void OnSend(in OutgoingRecord record)
        {
            Thread = Environment.CurrentManagedThreadId;
            var number = $"{Interlocked.Increment(ref _sent) - 1}";
            record.Headers.Add("number", Encoding.UTF8.GetBytes(number));
            Sent.Enqueue($"{number} {record.Topic} {record.Partition} {(record.KeyIsNull ? "null" : Encoding.UTF8.GetString(record.Key))} {Encoding.UTF8.GetString(record.Value)}");
        }

        public void OnAcknowledgement(in DeliveryResult result, ProduceException? failure, Headers headers)
        {
            Assert.True(headers.TryGetLast("number", out var number));
            Acknowledged.Enqueue((Encoding.UTF8.GetString(number!.Value.Span), result.Status, result.Offset.Value, failure?.Error.ToString()));
        }
    }

    sealed class Throwing : IProducerInterceptor
    {
        public void OnSend(in OutgoingRecord record)
        {
            record.Headers.Add("half", [1]);
            throw new InvalidOperationException("on send");
        }

        public void OnAcknowledgement(in DeliveryResult result, ProduceException? failure, Headers headers) => throw new InvalidOperationException("on acknowledgement");
    }

    [Fact]
    public async Task Each_way_to_bring_a_record_is_seen_once_and_its_headers_are_a_copy()
    {
        await using var cluster = await TestCluster.StartAsync();
        var numbering = new Numbering();
        await using var producer = cluster.Builder<string, string>().AddInterceptor(numbering).Build();
        var mine = new Headers { { "mine", null } };
        Message<string, string> Message(string value) => new() { Key = "k", Value = value, Headers = mine };
        await producer.ProduceAsync(Topic, Message("a"));
        await producer.ProduceAsync(new TopicPartition(Topic, 0), Message("b"));
        await producer.EnqueueAsync(Topic, Message("c"));
        Assert.True(producer.TryProduce(Topic, Message("d"), out _));
        producer.Produce(Topic, Message("e"), _ => { });
        producer.Produce(Topic, Message("f"));
        Assert.Equal(Environment.CurrentManagedThreadId, numbering.Thread);
        await producer.EnqueueAsync(Topic, new RawRecord { Value = "g"u8 });
        await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Single(mine);
        Assert.Equal(["0 t  k a", "1 t 0 k b", "2 t  k c", "3 t  k d", "4 t  k e", "5 t  k f", "6 t  null g"], numbering.Sent);
        Assert.Equal(Enumerable.Range(0, 7).Select(number => ($"{number}", PersistenceStatus.Persisted, (long)number, (string?)null)), numbering.Acknowledged);
        Assert.Equal(["mine", "number"], (await cluster.ReadAsync())[0].Message.Headers!.Select(static header => header.Key));
    }

    [Fact]
    public async Task A_record_that_is_refused_is_acknowledged_with_why_and_its_caller_is_told_as_ever()
    {
        await using var cluster = await TestCluster.StartAsync();
        var numbering = new Numbering();
        await using var producer = cluster.Builder<string, string>(("max.request.size", "2000"), ("batch.size", "1000"), ("allow.auto.create.topics", "false"), ("max.block.ms", "300"))
            .AddInterceptor(numbering).Build();
        await producer.ProduceAsync(Topic, new() { Value = "v" });
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(Topic, new() { Value = new string('x', 3000) }).AsTask());
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync("not-there", new() { Value = "v" }).AsTask());
        await producer.FlushAsync().AsTask().WaitAsync(Patience);
        await Eventually.Is(() => numbering.Acknowledged.Count == 3);
        var refused = numbering.Acknowledged.Skip(1).ToList();
        Assert.Equal(["1", "2"], refused.Select(static one => one.Number));
        Assert.All(refused, static one => Assert.Equal((PersistenceStatus.NotPersisted, Offset.Unset.Value), (one.Status, one.Offset)));
        Assert.Contains("max.request.size", refused[0].Failure);
    }

    [Fact]
    public async Task One_that_throws_is_logged_and_neither_the_record_nor_another_one_is_kept_from_going_on()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (numbering, logs) = (new Numbering(), new RecordingLogs());
        await using var producer = cluster.Builder<string, string>().AddInterceptor(new Throwing()).AddInterceptor(numbering).UseLoggerFactory(logs).Build();
        var handled = new TaskCompletionSource<PersistenceStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        producer.Produce(Topic, new() { Value = "v" }, report => handled.SetResult(report.Status));
        Assert.Equal(PersistenceStatus.Persisted, await handled.Task.WaitAsync(Patience));
        Assert.Single(numbering.Acknowledged);
        Assert.Single(await cluster.ReadAsync());
        Assert.Equal(2, logs.Lines.Count(static line => line.Level == LogLevel.Error && line.Text.Contains("interceptor")));
    }

    [Fact]
    public async Task A_record_that_fails_while_only_an_interceptor_looks_counts_as_one_that_nobody_awaits()
    {
        await using var cluster = await TestCluster.StartAsync();
        var logs = new RecordingLogs();
        var producer = cluster.Builder<string, string>(("close.timeout.ms", "0"), ("allow.auto.create.topics", "false")).AddInterceptor(new Numbering()).UseLoggerFactory(logs).Build();
        producer.Produce("not-there", new() { Value = "v" });
        await producer.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Contains(logs.Lines, static line => line.Text.Contains("nobody awaits"));
        Assert.Equal((1, 1), (producer.GetStatistics().RecordsFailed, producer.GetStatistics().UnobservedFailures));
    }
}
