using Semel.Client.Tests.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting.Sending;

/// <summary>Consume, transform, produce with members of groups of both protocols: the offsets are the member's, and fenced as such.</summary>
public sealed class TransactionGroupTests : GroupTest
{
    const string In = "in", Out = "out";

    ITransactionalProducer<string, string> Producer(string id) => new ProducerBuilder<string, string>(new ProducerConfig
    {
        BootstrapServers = Broker.BootstrapServers, TransactionalId = id, LingerMs = 1, ["retry.backoff.ms"] = "5", ["reconnect.backoff.ms"] = "5",
    }).BuildTransactional();

    async Task<List<int>> ReadOutAsync()
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = Broker.BootstrapServers }).Build();
        consumer.Assign(new TopicPartitionOffset(Out, 0, Offset.Beginning));
        var all = new List<int>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) all.Add(int.Parse(record.Message.Value!));
        return all;
    }

    async Task MakeTopicsAsync()
    {
        await Broker.CreateTopicAsync(In, 2);
        await Broker.CreateTopicAsync(Out, 1);
    }

    static (string, string)[] Speaking(string protocol) => protocol == "classic"
        ? [("group.protocol", protocol), ("partition.assignment.strategy", "cooperative-sticky")] : [("group.protocol", protocol)];

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task Each_input_has_one_result_and_the_groups_offsets_move_with_it(string protocol)
    {
        await MakeTopicsAsync();
        await ProduceAsync(In, 2, 0, 40);
        await using var producer = Producer("t");
        await producer.InitTransactionsAsync();
        await using var consumer = Member("g", Speaking(protocol));
        consumer.Subscribe(In);
        for (var done = 0; done < 40;)
        {
            using var batch = await consumer.ConsumeBatchAsync(10);
            await producer.ExecuteAsync(async (transaction, token) =>
            {
                for (var at = 0; at < batch.Count; at++) await transaction.EnqueueAsync(Out, new Message<string, string> { Value = batch[at].Value }, token);
                await transaction.SendOffsetsAsync(batch.NextOffsets, consumer.GroupMetadata, token);
            }, new TransactionRetry { MaxAttempts = 1 });
            done += batch.Count;
        }
        Assert.Equal(Enumerable.Range(0, 40), (await ReadOutAsync()).Order());
        Assert.Equal(20, await CommittedAsync("g", new TopicPartition(In, 0)));
    }

    /// <summary>Scenario 12: a third member changes the group's epoch while the partitions stay where they are.</summary>
    [Fact]
    public async Task A_member_whose_epoch_has_moved_on_commits_while_it_still_owns_the_partitions()
    {
        await MakeTopicsAsync();
        await using var producer = Producer("t");
        await producer.InitTransactionsAsync();
        await using var first = Member("g", Speaking("consumer"));
        await using var second = Member("g", Speaking("consumer"));
        first.Subscribe(In);
        await JoinedAsync(first, 2);
        second.Subscribe(In);
        while (first.Assignment.Count != 1 || second.Assignment.Count != 1)
        {
            await first.ConsumeAsync(TimeSpan.FromMilliseconds(5));
            await second.ConsumeAsync(TimeSpan.FromMilliseconds(5));
        }
        var (partition, before) = (first.Assignment.Single(), first.GroupMetadata);
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, new Message<string, string> { Value = "7" });
        await using var third = Member("g", Speaking("consumer"));
        third.Subscribe(In);
        while (first.GroupMetadata.GenerationId == before.GenerationId)
        {
            await first.ConsumeAsync(TimeSpan.FromMilliseconds(5));
            await third.ConsumeAsync(TimeSpan.FromMilliseconds(5));
        }
        await transaction.SendOffsetsAsync([new TopicPartitionOffset(partition, 1)], before);
        await transaction.CommitAsync();
        Assert.Equal([7], await ReadOutAsync());
        Assert.Equal(1, await CommittedAsync("g", partition));
        Assert.Equal(TransactionState.Ready, producer.State);
    }

    /// <summary>Zombie Z1: the group has moved on, and somebody else has the partitions.</summary>
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task A_member_that_has_left_the_group_commits_nothing_and_the_producer_goes_on(string protocol)
    {
        await MakeTopicsAsync();
        await ProduceAsync(In, 2, 0, 2);
        await using var producer = Producer("t");
        await producer.InitTransactionsAsync();
        ConsumerGroupMetadata before;
        TopicPartition partition;
        await using (var first = Member("g", Speaking(protocol)))
        {
            first.Subscribe(In);
            await NextAsync(first);
            (partition, before) = (first.Assignment.First(), first.GroupMetadata);
        }
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, new Message<string, string> { Value = "7" });
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await transaction.SendOffsetsAsync([new TopicPartitionOffset(partition, 1)], before));
        Assert.Equal((ErrorClass.Abortable, TransactionState.Abortable), (refused.Class, producer.State));
        await transaction.AbortAsync();
        Assert.Empty(await ReadOutAsync());
        await using (var next = await producer.BeginTransactionAsync()) await next.CommitAsync();
        Assert.Equal(TransactionState.Ready, producer.State);
    }
}
