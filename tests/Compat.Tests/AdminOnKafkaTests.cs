using Semel.Client;
using Semel.Peers;
using Semel.Protocol;

namespace Semel.Compat.Tests;

/// <summary>The whole admin client on Apache Kafka, which offers more than our broker: each call once.</summary>
public class AdminOnKafkaTests
{
    [PeersFact]
    public async Task Everything_that_is_asked_for_and_changed_is_on_Kafka_what_it_says()
    {
        using var kafka = new ApacheKafka();
        await using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.Bootstrap }).Build();
        var topic = (await admin.CreateTopicsAsync([new NewTopic("t", 1, 1)]))[0].GetValue();
        Assert.Equal(1, topic.Partitions);
        await TopicsAsync(admin);
        await OffsetsAsync(admin, kafka.Bootstrap);
        await GroupsAsync(admin, kafka.Bootstrap);
        await TransactionsAsync(admin);
        Assert.NotEmpty((await admin.DescribeClusterAsync()).Brokers);
        Assert.Equal(topic.TopicId, (await admin.DeleteTopicsAsync(["t"]))[0].GetValue());
    }

    static async Task TopicsAsync(IAdminClient admin)
    {
        Assert.Equal(3, (await admin.CreatePartitionsAsync([new NewPartitions("t", 3)]))[0].GetValue());
        Assert.Equal(ErrorCode.InvalidPartitions, (await admin.CreatePartitionsAsync([new NewPartitions("t", 2)]))[0].Failure!.Error.Code);
        var changed = await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<ConfigChange>>
        {
            [ConfigResource.Topic("t")] = [ConfigChange.Set("retention.ms", "123456"), ConfigChange.Append("cleanup.policy", "compact")],
            [ConfigResource.Topic("missing")] = [ConfigChange.Delete("retention.ms")],
        });
        Assert.True(changed[0].IsSuccess, $"{changed[0].Failure}");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, changed[1].Failure!.Error.Code);
        // Kafka answers a change before its own broker tells it.
        for (var patience = DateTime.UtcNow.AddSeconds(20); ; await Task.Yield())
        {
            var configs = (await admin.DescribeConfigsAsync([ConfigResource.Topic("t")]))[0].GetValue();
            var partitions = (await admin.DescribeTopicsAsync(["t"]))[0].GetValue().Partitions.Count;
            if (partitions == 3 && configs.Single(static config => config.Name == "retention.ms").Value == "123456" && configs.Single(static config => config.Name == "cleanup.policy").Value == "delete,compact") break;
            Assert.True(DateTime.UtcNow < patience, $"{partitions} partitions, {string.Join(' ', configs.Select(static config => $"{config.Name}={config.Value}"))}");
        }
        Assert.Contains(await admin.ListTopicsAsync(), static one => one.Name == "t");
    }

    static async Task OffsetsAsync(IAdminClient admin, string bootstrap)
    {
        var partition = new TopicPartition("t", 0);
        // Young enough for retention.ms.
        var began = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap }).Build())
            for (var number = 0; number < 10; number++) await producer.ProduceAsync(partition, new Message<string, string> { Key = $"{number}", Value = "v", Timestamp = new Timestamp(began + number) });
        var writers = (await admin.DescribeProducersAsync([partition]))[0].GetValue();
        Assert.Equal(9, Assert.Single(writers).LastSequence);
        Assert.Equal(3, (await admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 3)]))[0].GetValue());
        OffsetSpec[] specs = [OffsetSpec.Earliest, OffsetSpec.Latest, OffsetSpec.MaxTimestamp, OffsetSpec.At(new Timestamp(began + 5)), OffsetSpec.EarliestLocal, OffsetSpec.LatestTiered];
        var listed = await admin.ListOffsetsAsync([.. specs.Select(spec => (partition, spec))]);
        Assert.Equal([3, 10, 9, 5, 3, Offset.Unset], listed.Select(static one => one.GetValue().Offset));
    }

    static async Task GroupsAsync(IAdminClient admin, string bootstrap)
    {
        await using (var member = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "new", GroupInstanceId = "one", GroupProtocol = GroupProtocol.Consumer, AutoOffsetReset = AutoOffsetReset.Earliest }).Build())
        {
            member.Subscribe("t");
            Assert.NotNull(await member.ConsumeAsync(TimeSpan.FromSeconds(30)));
            Assert.Contains(await admin.ListGroupsAsync(states: ["Stable"], types: ["Consumer"]), static group => group.GroupId == "new");
            var described = await admin.DescribeGroupsAsync(["new", "missing"]);
            Assert.Equal(("Consumer", "one", 3), (described[0].GetValue().Type, described[0].GetValue().Members.Single().InstanceId, described[0].GetValue().Members.Single().Assignment!.Count));
            Assert.Equal(ErrorCode.GroupIdNotFound, described[1].Failure!.Error.Code);
        }
        Assert.All(await admin.AlterGroupOffsetsAsync("set", [new TopicPartitionOffset("t", 0, 5), new TopicPartitionOffset("t", 1, 0)]), static one => Assert.True(one.IsSuccess, $"{one.Failure}"));
        Assert.True((await admin.DeleteGroupOffsetsAsync("set", [new TopicPartition("t", 1)]))[0].IsSuccess);
        Assert.Equal((new TopicPartition("t", 0), 5), (await admin.ListGroupOffsetsAsync("set")).Select(static one => (one.Key, (int)one.Value.Offset)).Single());
        Assert.Equal(ErrorCode.UnknownMemberId, (await admin.RemoveMembersAsync("set", [MemberToRemove.Static("nobody")]))[0].Failure!.Error.Code);
        Assert.True((await admin.DeleteGroupsAsync(["set"]))[0].IsSuccess);
    }

    static async Task TransactionsAsync(IAdminClient admin)
    {
        var fenced = (await admin.FenceProducersAsync(["orders-1"]))[0].GetValue();
        Assert.Contains(await admin.ListTransactionsAsync(new TransactionFilter { ProducerIds = [fenced.ProducerId] }), static one => one.TransactionalId == "orders-1");
        Assert.Equal((fenced.ProducerId, null), ((await admin.DescribeTransactionsAsync(["orders-1"]))[0].GetValue().ProducerId, (await admin.DescribeTransactionsAsync(["orders-1"]))[0].GetValue().Start));
        Assert.Equal(ErrorCode.TransactionalIdNotFound, (await admin.DescribeTransactionsAsync(["missing"]))[0].Failure!.Error.Code);
    }
}
