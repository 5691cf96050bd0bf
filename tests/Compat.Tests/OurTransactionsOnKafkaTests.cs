using System.Net;
using Semel.Client;
using Semel.Faults;
using Semel.Peers;
using Semel.Protocol;

namespace Semel.Compat.Tests;

/// <summary>Our transactions on Apache Kafka, by both of its protocols.</summary>
public class OurTransactionsOnKafkaTests
{
    const int Partitions = 4;

    static ITransactionalProducer<string, string> Producer(string bootstrap, string id = "ours", params (string Key, string Value)[] settings)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrap, TransactionalId = id, LingerMs = 1, TransactionTimeoutMs = 60_000,
            MaxBlockMs = 60_000 };
        foreach (var (key, value) in settings) config[key] = value;
        return new ProducerBuilder<string, string>(config).BuildTransactional();
    }

    static ApacheKafka Kafka(int version) => version == 1 ? ApacheKafka.WithFeatures("transaction.version=1") : new ApacheKafka();

    static async Task MakeTopicsAsync(string bootstrap)
    {
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = bootstrap });
        var made = await admin.CreateTopicsAsync([new NewTopic("steps", Partitions, 1), new NewTopic("out", Partitions, 1), new NewTopic("in", 2, 1)]);
        Assert.All(made, static one => Assert.Null(one.Failure));
    }

    static async Task<List<string>> ReadAsync(string bootstrap, string topic)
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = bootstrap }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var read = new List<string>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) read.Add(record.Message.Value!);
        read.Sort(StringComparer.Ordinal);
        return read;
    }

    /// <summary>
    /// What one incarnation does, step by step: records and offsets together, aborts, an empty transaction, a takeover, and a delayed commit of before.
    /// </summary>
    static async Task ExpectStepsAsync(ApacheKafka kafka, int version)
    {
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = IPEndPoint.Parse(kafka.Bootstrap) });
        var group = ConsumerGroupMetadata.ForSimpleGroup("g");
        await using var first = Producer(proxy.EndPoint.ToString());
        await first.InitTransactionsAsync();
        await using (var committed = await first.BeginTransactionAsync())
        {
            for (var partition = 0; partition < Partitions; partition++) await committed.EnqueueAsync(new TopicPartition("steps", partition),
                new Message<string, string> { Value = $"a{partition}" });
            await committed.SendOffsetsAsync([new("in", 0, 5)], group);
            await committed.CommitAsync();
        }
        await using (var aborted = await first.BeginTransactionAsync())
        {
            await aborted.ProduceAsync("steps", new Message<string, string> { Value = "gone" });
            await aborted.AbortAsync();
        }
        await using (var empty = await first.BeginTransactionAsync()) await empty.CommitAsync();
        // The first commit is held by the network, the second says that it is done, and the held one comes into the next transaction (KAFKA-17754).
        proxy.Rules = [FaultRule.Parse("EndTxn:request:hold:count=1")];
        await first.ExecuteAsync(async (transaction, token) => await transaction.EnqueueAsync("steps", new Message<string, string> { Value = "b" }, token));
        var half = await first.BeginTransactionAsync();
        await half.ProduceAsync("steps", new Message<string, string> { Value = "half" });
        // Every EndTxn was one of the protocol that the cluster has.
        Assert.All(proxy.Events.Where(static happened => happened.Frame is { ApiKey: ApiKey.EndTxn }), happened =>
            Assert.Equal(version >= 2, happened.Frame!.Value.ApiVersion >= 5));
        await proxy.ReleaseHeldAsync();
        await half.ProduceAsync("steps", new Message<string, string> { Value = "half" });
        await using var second = Producer(kafka.Bootstrap);
        await second.InitTransactionsAsync();
        await Assert.ThrowsAnyAsync<KafkaException>(async () => await half.CommitAsync());
        await using (var own = await second.BeginTransactionAsync())
        {
            await own.EnqueueAsync("steps", new Message<string, string> { Value = "c" });
            await Assert.ThrowsAsync<KafkaException>(async () => await own.SendOffsetsAsync([new("in", 7, 5)], group));
        }
        await second.ExecuteAsync(async (transaction, token) =>
        {
            await transaction.EnqueueAsync("steps", new Message<string, string> { Value = "d" }, token);
            await transaction.SendOffsetsAsync([new("in", 0, 6)], group, token);
        });
        await ExpectTimeOutAsync(kafka.Bootstrap, version);
        string[] expected = ["a0", "a1", "a2", "a3", "b", "d"];
        Assert.Equal(version == 1 ? expected : [.. expected, "e"], await ReadAsync(kafka.Bootstrap, "steps"));
    }

    /// <summary>The coordinator aborts what is open for too long; the second protocol lets its producer go on, the first does not.</summary>
    static async Task ExpectTimeOutAsync(string bootstrap, int version)
    {
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = bootstrap });
        await using var slow = Producer(bootstrap, "slow", ("transaction.timeout.ms", "2000"));
        await slow.InitTransactionsAsync();
        await using var late = await slow.BeginTransactionAsync();
        await late.ProduceAsync("steps", new Message<string, string> { Value = "late" });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await admin.DescribeTransactionsAsync(["slow"],
            patience.Token))[0].Value is not { State: "CompleteAbort" }) await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        var refused = await Assert.ThrowsAnyAsync<KafkaException>(async () => await late.CommitAsync());
        if (version == 1)
        {
            Assert.IsType<TransactionTimedOutException>(refused);
            return;
        }
        Assert.Equal(ErrorClass.Abortable, refused.Class);
        await late.AbortAsync();
        await slow.ExecuteAsync(async (transaction, token) => await transaction.EnqueueAsync("steps", new Message<string, string> { Value = "e" }, token));
    }

    /// <summary>
    /// Commits and aborts over a network that cuts, holds back and loses, and a broker that is killed: what was told as committed is there once, what was
    /// told as aborted is not, and of the rest all or nothing.
    /// </summary>
    static async Task ExpectWhatIsToldAsync(ApacheKafka kafka, int transactions, int kills)
    {
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = IPEndPoint.Parse(kafka.Bootstrap), Seed = 16 });
        proxy.Rules =
        [
            .. ((string[])[
                "EndTxn:answer:cut:0.06", "EndTxn:request:cut:0.03", "EndTxn:request:hold=700:0.02", "Produce:answer:cut:0.02", "Produce:request:cut:0.02",
                "TxnOffsetCommit:answer:cut:0.03", "AddPartitionsToTxn+AddOffsetsToTxn:answer:cut:0.03", "AddPartitionsToTxn:request:hold=500:0.01",
                    "InitProducerId:answer:cut:0.1",
            ]).Select(FaultRule.Parse),
        ];
        var random = new Random(16);
        var group = ConsumerGroupMetadata.ForSimpleGroup("g");
        var told = new List<(string[] Values, TransactionOutcome Outcome)>();
        var producer = Producer(proxy.EndPoint.ToString(), settings: ("retry.backoff.ms", "20"));
        await producer.InitTransactionsAsync();
        for (var number = 0; number < transactions; number++)
        {
            if (kills > 0 && number > 0 && number % (transactions / (kills + 1)) == 0) _ = Task.Run(() => kafka.KillAndRestart());
            string[] values = [.. Enumerable.Range(0, random.Next(1, 6)).Select(record => $"{number:0000}-{record}")];
            told.Add((values, await OneAsync(producer, values, number, random.Next(4) == 0, group)));
            if (producer.State is not (TransactionState.Fenced or TransactionState.Fatal or TransactionState.Unresolved)) continue;
            await producer.DisposeAsync();
            producer = Producer(proxy.EndPoint.ToString(), settings: ("retry.backoff.ms", "20"));
            await producer.InitTransactionsAsync();
        }
        proxy.Rules = [];
        await producer.DisposeAsync();
        var read = await ReadAsync(kafka.Bootstrap, "out");
        Assert.Equal(read.Count, read.Distinct().Count());
        foreach (var (values, outcome) in told)
        {
            var there = values.Count(read.Contains);
            Assert.True(outcome == TransactionOutcome.Committed ? there == values.Length : outcome == TransactionOutcome.Aborted ? there == 0 : there == 0
                || there == values.Length,
                $"{values[0]}: told as {outcome}, {there} of {values.Length} are there");
        }
        var faults = proxy.Events.Count(static happened => happened.Action is not null);
        Assert.True(told.Count(static one => one.Outcome == TransactionOutcome.Committed) > transactions / 2, "too few transactions were committed");
        Assert.True(faults >= transactions / 10, $"{faults} faults");
    }

    static async Task<TransactionOutcome> OneAsync(ITransactionalProducer<string, string> producer, string[] values, int number, bool isAborted,
        ConsumerGroupMetadata group)
    {
        var transaction = await producer.BeginTransactionAsync();
        try
        {
            foreach (var value in values) await transaction.EnqueueAsync("out", new Message<string, string> { Key = value, Value = value });
            await transaction.SendOffsetsAsync([new("in", 0, number + 1)], group);
            if (isAborted)
            {
                await transaction.AbortAsync();
                return TransactionOutcome.Aborted;
            }
            await transaction.CommitAsync();
            return TransactionOutcome.Committed;
        }
        catch (TransactionOutcomeUnknownException)
        {
            return await transaction.ResolveAsync();
        }
        catch (KafkaException failure) when (failure.Class is ErrorClass.Abortable or ErrorClass.Fenced or ErrorClass.Retriable)
        {
            await transaction.DisposeAsync();
            return TransactionOutcome.Aborted;
        }
    }

    static async Task ExpectAsync(int version)
    {
        using var kafka = Kafka(version);
        await MakeTopicsAsync(kafka.Bootstrap);
        await ExpectStepsAsync(kafka, version);
        await ExpectWhatIsToldAsync(kafka, Count, Kills);
    }

    [PeersFact]
    public Task Transactions_of_the_first_protocol_are_atomic_and_what_is_told_of_them_is_true() => ExpectAsync(1);

    [PeersFact]
    public Task Transactions_of_the_second_protocol_are_atomic_and_what_is_told_of_them_is_true() => ExpectAsync(2);

    /// <summary>SEMEL_TRANSACTIONS asks for more.</summary>
    static int Count => int.TryParse(Surroundings.Variable("SEMEL_TRANSACTIONS"), out var count) ? count : 80;
    static int Kills => Math.Max(1, Count / 200);
}
