using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>Groups and transactions together, against the real broker.</summary>
public sealed class GroupTransactionTests : GroupTest
{
    readonly TopicPartition _partition = new("t", 0);

    ITransactionalProducer<string, string> Producer(string id) => new ProducerBuilder<string, string>(new ProducerConfig
    {
        BootstrapServers = Broker.BootstrapServers, ["transactional.id"] = id, ["linger.ms"] = "0",
    }).BuildTransactional();

    async Task ProduceTransactionsAsync(int transactions, int records)
    {
        await using var producer = Producer("writer");
        await producer.InitTransactionsAsync();
        for (var transaction = 0; transaction < transactions; transaction++)
        {
            await using (var aborted = await producer.BeginTransactionAsync())
            {
                await aborted.EnqueueAsync(_partition, new Message<string, string> { Value = "aborted" });
                await aborted.AbortAsync();
            }
            await using var one = await producer.BeginTransactionAsync();
            for (var record = 0; record < records; record++) await one.EnqueueAsync(_partition, new Message<string, string> { Value = $"{transaction * records + record}" });
            await one.CommitAsync();
        }
    }

    /// <summary>Scenario 20a on the real broker: every record once, and the lag is 0 only after the last.</summary>
    [Theory]
    [InlineData("classic", "on-delivery")]
    [InlineData("consumer", "on-delivery")]
    [InlineData("consumer", "on-next")]
    public async Task Members_that_take_ten_records_each_and_close_hand_out_every_record_once(string protocol, string timing)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceTransactionsAsync(20, 10);
        var read = new List<int>();
        while (read.Count < 200)
        {
            await using (var member = Member("g", ("group.protocol", protocol), ("auto.offset.store.timing", timing)))
            {
                member.Subscribe("t");
                read.AddRange(await TakeAsync(member, 10));
                if (timing == "on-next")
                {
                    member.Pause(_partition);
                    Assert.Null(await member.ConsumeAsync(TimeSpan.Zero));
                }
            }
            await using var admin = new AdminClient(new ClientConfig { BootstrapServers = Broker.BootstrapServers });
            await using var reader = Member("g");
            var committed = await CommittedAsync("g", _partition);
            var left = (await reader.GetWatermarksAsync(_partition)).High.Value - committed;
            Assert.Equal(read.Count == 200, left == 0);
        }
        Assert.Equal(Enumerable.Range(0, 200), read);
    }

    /// <summary>Consume, transform, produce: what a transaction says about the input is what the next member goes on from.</summary>
    [Theory, MemberData(nameof(GroupTests.Protocols), MemberType = typeof(GroupTests))]
    public async Task Offsets_that_a_transaction_commits_are_where_the_next_member_begins(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        await Broker.CreateTopicAsync("out", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using (var producer = Producer("copier"))
        await using (var member = Member("g", ("group.protocol", protocol), ("enable.auto.commit", "false")))
        {
            await producer.InitTransactionsAsync();
            member.Subscribe("t");
            await producer.ExecuteAsync(async (transaction, cancellation) =>
            {
                foreach (var value in await TakeAsync(member, 4)) await transaction.EnqueueAsync("out", new Message<string, string> { Value = $"{value}" }, cancellation);
                await transaction.SendOffsetsAsync([new TopicPartitionOffset(_partition, 4)], member.GroupMetadata, cancellation);
            });
        }
        await using var next = Member("g", ("group.protocol", protocol));
        next.Subscribe("t");
        Assert.Equal([4], await TakeAsync(next, 1));
    }

    /// <summary>Scenario 14 on the real broker: offsets in an undecided transaction are waited for, and the decision counts.</summary>
    [Theory]
    [InlineData(true, 4)]
    [InlineData(false, 0)]
    public async Task A_member_waits_for_an_undecided_offset_and_begins_where_it_was_decided(bool commits, int begins)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var producer = Producer("copier");
        await producer.InitTransactionsAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.SendOffsetsAsync([new TopicPartitionOffset(_partition, 4)], ConsumerGroupMetadata.ForSimpleGroup("g"));
        await using var member = Member("g");
        member.Subscribe("t");
        await JoinedAsync(member);
        Assert.Null(await member.ConsumeAsync(TimeSpan.FromMilliseconds(100)));
        Assert.Equal(-1, member.GetPositions(_partition).Delivered);
        if (commits) await transaction.CommitAsync();
        else await transaction.AbortAsync();
        Assert.Equal([begins], await TakeAsync(member, 1));
    }
}
