using Semel.Protocol;
using static Semel.Client.Tests.Transacting.Sending.TransactionCluster;

namespace Semel.Client.Tests.Transacting.Sending;

/// <summary>Transactions over a network that loses, cuts and holds back: what is told is what readers see.</summary>
public class TransactionFaultTests
{
    static async Task CommitAsync(ITransactionalProducer<string, string> producer, params string[] values)
    {
        await using var transaction = await producer.BeginTransactionAsync();
        foreach (var value in values) await transaction.EnqueueAsync(Out, Record(value));
        await transaction.CommitAsync();
    }

    /// <summary>Scenarios 3 and 5.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_lost_answer_to_the_commit_is_asked_for_again_and_told_once(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        var first = producer.Info.ProducerEpoch;
        cluster.Fault("EndTxn:answer:cut:count=1", "InitProducerId:request:delay=0");
        await CommitAsync(producer, "one");
        Assert.Equal(1, cluster.Struck(ApiKey.EndTxn));
        await CommitAsync(producer, "two");
        Assert.Equal(["one", "two"], await cluster.ReadAsync());
        Assert.True(producer.Info.ProducerEpoch.Value > first.Value);
        // With the second protocol the answer that is given again has the next epoch: nothing more is asked.
        Assert.Equal(version == 1 ? 1 : 0, cluster.Struck(ApiKey.InitProducerId));
    }

    /// <summary>Scenarios 4 and 5: the first commit is held by the network and comes when the next transaction is open.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_delayed_commit_does_nothing_to_the_next_transaction(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        cluster.Fault("EndTxn:request:hold:count=1");
        await CommitAsync(producer, "one");
        Assert.Equal(1, cluster.Proxy.HeldCount);
        await using var second = await producer.BeginTransactionAsync();
        await second.ProduceAsync(Out, Record("half"));
        await cluster.Proxy.ReleaseHeldAsync();
        await second.ProduceAsync(Out, Record("other half"));
        await second.AbortAsync();
        Assert.Equal(["one"], await cluster.ReadAsync());
        await CommitAsync(producer, "three");
        Assert.Equal(["one", "three"], await cluster.ReadAsync());
    }

    /// <summary>The same for what opens a transaction, and for records.</summary>
    [Theory]
    [InlineData(1, "AddPartitionsToTxn")]
    [InlineData(1, "Produce")]
    [InlineData(1, "AddOffsetsToTxn")]
    [InlineData(1, "TxnOffsetCommit")]
    [InlineData(2, "Produce")]
    [InlineData(2, "TxnOffsetCommit")]
    public async Task A_delayed_request_of_a_transaction_does_nothing_to_the_next_one(short version, string api)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        cluster.Fault($"{api}:request:hold:count=1");
        await using (var first = await producer.BeginTransactionAsync())
        {
            await first.EnqueueAsync(new TopicPartition(Out, 0), Record("one"));
            await first.SendOffsetsAsync([new(In, 0, 5)], Group);
            await first.CommitAsync();
        }
        Assert.Equal(1, cluster.Proxy.HeldCount);
        await using (var second = await producer.BeginTransactionAsync())
        {
            await second.ProduceAsync(new TopicPartition(Out, 0), Record("two"));
            await cluster.Proxy.ReleaseHeldAsync();
            await second.ProduceAsync(new TopicPartition(Out, 0), Record("three"));
            await second.SendOffsetsAsync([new(In, 0, 9)], Group);
            await second.AbortAsync();
        }
        Assert.Equal(["one"], await cluster.ReadAsync());
        Assert.Equal(5L, await cluster.CommittedAsync());
    }

    [Theory]
    [InlineData(1, "InitProducerId")]
    [InlineData(1, "AddPartitionsToTxn")]
    [InlineData(1, "Produce")]
    [InlineData(1, "AddOffsetsToTxn")]
    [InlineData(1, "TxnOffsetCommit")]
    [InlineData(1, "EndTxn")]
    [InlineData(1, "FindCoordinator")]
    [InlineData(2, "InitProducerId")]
    [InlineData(2, "Produce")]
    [InlineData(2, "TxnOffsetCommit")]
    [InlineData(2, "EndTxn")]
    [InlineData(2, "FindCoordinator")]
    public async Task A_connection_that_is_cut_around_any_request_costs_nothing_but_time(short version, string api)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        cluster.Fault($"{api}:request:cut:count=1", $"{api}:answer:cut:count=1");
        await using var producer = await cluster.ReadyAsync(version);
        for (var number = 1; number <= 3; number++)
        {
            await using var transaction = await producer.BeginTransactionAsync();
            await transaction.EnqueueAsync(Out, Record($"{number}"));
            await transaction.SendOffsetsAsync([new(In, 0, number)], Group);
            await transaction.CommitAsync();
        }
        Assert.Equal(["1", "2", "3"], await cluster.ReadAsync());
        Assert.Equal(3L, await cluster.CommittedAsync());
    }

    /// <summary>
    /// A connection on which a request timed out is closed before the request is repeated: of no request two copies are on one connection (T-45).
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_end_that_times_out_is_repeated_on_another_connection(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version, config: [("request.timeout.ms", "500"), ("delivery.timeout.ms", "20000")]);
        cluster.Fault("EndTxn:answer:drop:count=1", "EndTxn:request:delay=0");
        await CommitAsync(producer, "one");
        var connections = cluster.Proxy.Events.Where(static happened =>
            happened.Frame is { ApiKey: ApiKey.EndTxn, Direction: Faults.FrameDirection.Request }).Select(static happened => happened.Connection).ToArray();
        Assert.Equal(2, connections.Length);
        Assert.NotEqual(connections[0], connections[1]);
        Assert.Equal(["one"], await cluster.ReadAsync());
    }

    /// <summary>Scenario 6: nobody answers the commit, and the witness tells afterwards which way it went, whether the request arrived or not.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    public async Task An_unknown_commit_is_resolved_as_readers_see_it(short version, bool arrives)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.ProduceAsync(Out, Record("one"));
        await transaction.SendOffsetsAsync([new(In, 0, 5)], Group);
        cluster.Fault(arrives ? "EndTxn:answer:cut" : "EndTxn:request:cut");
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transaction.CommitAsync(patience.Token));
        Assert.Equal(TransactionState.Committing, producer.State);
        // Somebody else takes the id meanwhile: what is open is aborted, and the commit can only be refused from now on.
        await using var other = cluster.Produce(version);
        await other.InitTransactionsAsync();
        cluster.Fault();
        var outcome = await transaction.ResolveAsync();
        var seen = await cluster.ReadAsync();
        Assert.Equal(outcome == TransactionOutcome.Committed ? ["one"] : [], seen);
        Assert.Equal(arrives ? TransactionOutcome.Committed : TransactionOutcome.Aborted, outcome);
        Assert.Equal(TransactionState.Fenced, producer.State);
    }

    /// <summary>Without offsets there is nothing to tell by, unless the library may write some.</summary>
    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(true, "witness")]
    [InlineData(false, "witness")]
    public async Task A_transaction_without_offsets_is_resolved_by_a_witness_of_its_own_or_not_at_all(bool arrives, string? witness)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        (string, string)[] config = witness is null ? [] : [("transaction.witness.group", witness)];
        await using var producer = await cluster.ReadyAsync(1, config: config);
        await CommitAsync(producer, "before");
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.ProduceAsync(Out, Record("one"));
        cluster.Fault(arrives ? "EndTxn:answer:cut" : "EndTxn:request:cut");
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transaction.CommitAsync(patience.Token));
        await using var other = cluster.Produce(1);
        await other.InitTransactionsAsync();
        cluster.Fault();
        var expected = witness is null ? TransactionOutcome.Unknown : arrives ? TransactionOutcome.Committed : TransactionOutcome.Aborted;
        Assert.Equal(expected, await transaction.ResolveAsync());
        Assert.Equal(arrives ? ["before", "one"] : ["before"], await cluster.ReadAsync());
    }

    [Fact]
    public async Task A_commit_that_nobody_answers_in_time_is_unknown_and_awaited_again()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(2, config: ("max.block.ms", "400"));
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.ProduceAsync(Out, Record("one"));
        cluster.Fault("EndTxn:request:cut");
        var unknown = await Assert.ThrowsAsync<TransactionOutcomeUnknownException>(async () => await transaction.CommitAsync());
        Assert.Contains("ResolveAsync", unknown.Message);
        Assert.Equal(TransactionState.Unresolved, producer.State);
        Assert.Contains("Unresolved", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await producer.BeginTransactionAsync())).Message);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.AbortAsync());
        cluster.Fault();
        await transaction.CommitAsync();
        Assert.Equal((TransactionState.Ready, TransactionOutcome.Committed), (producer.State, await transaction.ResolveAsync()));
        Assert.Equal(["one"], await cluster.ReadAsync());
    }

    /// <summary>Scenario 18, as far as one broker can show it: it is killed between any two requests.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_broker_that_is_killed_at_each_step_costs_a_commit_or_an_abort_and_never_half_of_one(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        var committed = new List<string>();
        for (var step = 0; step < 6; step++)
        {
            await using var transaction = await producer.BeginTransactionAsync();
            try
            {
                if (step == 0) await cluster.Broker.KillAndRestartAsync();
                await transaction.EnqueueAsync(new TopicPartition(Out, 0), Record($"{step}a"));
                if (step == 1) await cluster.Broker.KillAndRestartAsync();
                await transaction.ProduceAsync(new TopicPartition(Out, 1), Record($"{step}b"));
                if (step == 2) await cluster.Broker.KillAndRestartAsync();
                await transaction.SendOffsetsAsync([new(In, 0, step)], Group);
                if (step == 3) await cluster.Broker.KillAndRestartAsync();
                var committing = transaction.CommitAsync().AsTask();
                if (step == 4) await cluster.Broker.KillAndRestartAsync();
                await committing;
                committed.AddRange([$"{step}a", $"{step}b"]);
            }
            catch (KafkaException failure)
            {
                Assert.Equal(ErrorClass.Abortable, failure.Class);
            }
        }
        Assert.Equal(committed, await cluster.ReadAsync());
        Assert.True(committed.Count >= 6, $"{committed.Count / 2} of 6 transactions were committed");
    }

    /// <summary>An input topic that is gone: no offset of it is committed, no topic is made, and the producer goes on.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Offsets_of_a_topic_or_partition_that_is_not_there_are_refused_at_once_by_name(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        foreach (var (topic, partition) in ((string, int)[])[("no-such-topic", 0), (In, 9)])
        {
            await using var transaction = await producer.BeginTransactionAsync();
            await transaction.EnqueueAsync(Out, Record("beside"));
            var refused = await Assert.ThrowsAsync<KafkaException>(async () => await transaction.SendOffsetsAsync([new(topic, partition, 5)], Group));
            Assert.Equal((ErrorClass.Abortable, ErrorCode.UnknownTopicOrPartition), (refused.Class, refused.Error.Code));
            Assert.Contains(topic, refused.Message);
            Assert.Equal(refused.Error, (await Assert.ThrowsAsync<KafkaException>(async () => await transaction.CommitAsync())).Error);
            await transaction.AbortAsync();
        }
        Assert.Equal(TransactionState.Ready, producer.State);
        Assert.Empty(await cluster.ReadAsync());
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = cluster.Broker.BootstrapServers });
        Assert.DoesNotContain(await admin.ListTopicsAsync(), static topic => topic.Name == "no-such-topic");
    }

    /// <summary>An input topic that was made anew: the old topic's position would skip records of the new one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Offsets_of_a_topic_that_was_made_anew_make_the_transaction_abortable(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        await using (var first = await producer.BeginTransactionAsync())
        {
            await first.SendOffsetsAsync([new(In, 0, 5)], Group);
            await first.CommitAsync();
        }
        Assert.Equal(5L, await cluster.CommittedAsync());
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = cluster.Broker.BootstrapServers });
        await admin.DeleteTopicsAsync([In]);
        await cluster.Broker.CreateTopicAsync(In, 2);
        await using (var second = await producer.BeginTransactionAsync())
        {
            await second.EnqueueAsync(Out, Record("of the old topic"));
            var refused = await Assert.ThrowsAsync<KafkaException>(async () => await second.SendOffsetsAsync([new(In, 0, 9)], Group));
            Assert.Equal((ErrorClass.Abortable, ErrorCode.UnknownTopicId), (refused.Class, refused.Error.Code));
            Assert.Contains(In, refused.Message);
            await second.AbortAsync();
        }
        Assert.Null(await cluster.CommittedAsync());
        Assert.Empty(await cluster.ReadAsync());
    }
}
