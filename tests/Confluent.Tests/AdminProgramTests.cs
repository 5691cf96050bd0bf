using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Semel.Confluent.Tests;

/// <summary>What an operator's program does with groups and topics.</summary>
public sealed class AdminProgramTests(BrokerForPrograms programs) : IClassFixture<BrokerForPrograms>
{
    [Fact]
    public async Task A_group_is_listed_described_moved_and_deleted()
    {
        var topic = await programs.CreateTopicAsync("in", 2);
        var group = BrokerForPrograms.NewName("group");
        await programs.FillAsync(topic, 20);
        using var admin = programs.Admin();
        using (var consumer = new ConsumerBuilder<string, string>(programs.Reading(group)).Build())
        {
            consumer.Subscribe(topic);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            for (var read = 0; read < 20;)
                if (!consumer.Consume(limit.Token).IsPartitionEOF) read++;
            consumer.Commit();
            var described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions.Single();
            Assert.Equal((ConsumerGroupState.Stable, 1), (described.State, described.Members.Count));
            Assert.Equal(2, described.Members[0].Assignment.TopicPartitions.Count);
            consumer.Close();
        }
        Assert.Contains((await admin.ListConsumerGroupsAsync()).Valid, listed => listed.GroupId == group && listed.State == ConsumerGroupState.Empty);
        await admin.AlterConsumerGroupOffsetsAsync([new(group, [new(topic, 0, 1)])]);
        var offsets = (await admin.ListConsumerGroupOffsetsAsync([new(group, null)]))[0].Partitions;
        Assert.Equal(1, offsets.Single(partition => partition.Partition.Value == 0).Offset.Value);
        await admin.DeleteConsumerGroupOffsetsAsync(group, [new(topic, 0)]);
        await admin.DeleteGroupsAsync([group]);
        Assert.DoesNotContain((await admin.ListConsumerGroupsAsync()).Valid, listed => listed.GroupId == group);
    }

    [Fact]
    public async Task Ends_differ_by_isolation_level_while_a_transaction_is_open()
    {
        var topic = await programs.CreateTopicAsync("out", 1);
        using var producer = programs.Producer(BrokerForPrograms.NewName("id"));
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        await producer.ProduceAsync(topic, new() { Key = "k", Value = "v" });
        using var admin = programs.Admin();
        Assert.Equal((0, 1), (await EndAsync(admin, topic, IsolationLevel.ReadCommitted), await EndAsync(admin, topic, IsolationLevel.ReadUncommitted)));
        producer.CommitTransaction(TimeSpan.FromSeconds(30));
        // The record and its marker.
        Assert.Equal((2, 2), (await EndAsync(admin, topic, IsolationLevel.ReadCommitted), await EndAsync(admin, topic, IsolationLevel.ReadUncommitted)));
    }

    static async Task<long> EndAsync(IAdminClient admin, string topic, IsolationLevel isolation)
    {
        var answer = await admin.ListOffsetsAsync([new() { TopicPartition = new(topic, 0), OffsetSpec = OffsetSpec.Latest() }], new() { IsolationLevel = isolation });
        return answer.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }
}
