using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol;

namespace Semel.Client.Tests.Metadata;

public class MetadataViewTests
{
    static readonly Dictionary<NodeId, BrokerAddress> Brokers = new() { [new NodeId(1)] = new BrokerAddress("a", 1), [new NodeId(2)] = new BrokerAddress("b", 2) };
    static readonly TopicId First = new(Guid.NewGuid()), Second = new(Guid.NewGuid());

    static TopicMetadata Topic(TopicId id, params (int Leader, int Epoch)[] partitions) =>
        new("t", id, ErrorCode.None, [.. partitions.Select((partition, number) => new PartitionMetadata(number, new NodeId(partition.Leader), partition.Epoch, ErrorCode.None, [], []))]);

    static MetadataView View(params TopicMetadata[] answers) =>
        answers.Aggregate(MetadataView.Empty, (view, answer) => view.Merge("cluster", new NodeId(1), Brokers, [answer]));

    [Fact]
    public void A_newer_leader_epoch_replaces_an_older_one_per_partition()
    {
        var merged = View(Topic(First, (1, 5), (1, 5)), Topic(First, (2, 6), (2, 4))).Find("t")!;
        Assert.Equal((2, 6), (merged.Partitions[0].LeaderId.Value, merged.Partitions[0].LeaderEpoch));
        Assert.Equal((1, 5), (merged.Partitions[1].LeaderId.Value, merged.Partitions[1].LeaderEpoch));
    }

    [Fact]
    public void A_broker_that_tells_no_epochs_is_believed() => Assert.Equal(2, View(Topic(TopicId.None, (1, -1)), Topic(TopicId.None, (2, -1))).Find("t")!.Partitions[0].LeaderId.Value);

    [Fact]
    public void A_broker_that_misses_a_topic_for_a_moment_takes_nothing_away()
    {
        var merged = View(Topic(First, (1, 5)), new TopicMetadata("t", TopicId.None, ErrorCode.UnknownTopicOrPartition, [])).Find("t")!;
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, First, 1), (merged.Error, merged.TopicId, merged.Partitions.Count));
        Assert.True(merged.IsErrorRetriable);
    }

    [Fact]
    public void Another_topic_id_is_another_topic_whatever_its_epochs() => Assert.Equal((Second, 0), (
        View(Topic(First, (1, 5)), Topic(Second, (1, 0))).Find("t")!.TopicId, View(Topic(First, (1, 5)), Topic(Second, (1, 0))).Find("t")!.Partitions[0].LeaderEpoch));

    [Theory]
    [InlineData("other", 0)]
    [InlineData("cluster", 5)]
    [InlineData(null, 5)]
    public void In_another_cluster_nothing_that_was_known_means_anything(string? clusterId, int leaderEpoch)
    {
        var other = View(Topic(TopicId.None, (1, 5))).Merge(clusterId, new NodeId(1), Brokers, [Topic(TopicId.None, (2, 0))]);
        Assert.Equal((clusterId ?? "cluster", leaderEpoch), (other.ClusterId, other.Find("t")!.Partitions[0].LeaderEpoch));
    }

    [Fact]
    public void An_answer_without_brokers_leaves_the_known_ones() =>
        Assert.Equal(2, View(Topic(First, (1, 5))).Merge("cluster", NodeId.None, new Dictionary<NodeId, BrokerAddress>(), []).Brokers.Count);

    [Fact]
    public void A_hint_is_taken_when_it_is_newer_and_names_a_broker_that_can_be_found()
    {
        var view = View(Topic(First, (1, 5)));
        var partition = new TopicPartition("t", 0);
        Assert.Equal(2, view.With(partition, new NodeId(2), 6, new Dictionary<NodeId, BrokerAddress>()).Find(partition)!.LeaderId.Value);
        Assert.Same(view, view.With(partition, new NodeId(2), 5, new Dictionary<NodeId, BrokerAddress>()));
        Assert.Same(view, view.With(partition, new NodeId(9), 6, new Dictionary<NodeId, BrokerAddress>()));
        Assert.Same(view, view.With(new TopicPartition("t", 7), new NodeId(2), 6, new Dictionary<NodeId, BrokerAddress>()));
        var named = view.With(partition, new NodeId(9), 6, new Dictionary<NodeId, BrokerAddress> { [new NodeId(9)] = new("c", 3) });
        Assert.Equal(new BrokerAddress("c", 3), named.Brokers[new NodeId(9)]);
    }
}
