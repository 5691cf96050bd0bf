using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>What is committed, and what never is, against the real broker.</summary>
public sealed class CommitTests : GroupTest
{
    readonly TopicPartition _partition = new("t", 0);

    [Fact]
    public async Task A_commit_covers_what_was_finished_and_not_what_is_in_hand()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g", ("enable.auto.commit", "false"));
        consumer.Subscribe("t");
        await TakeAsync(consumer, 4);
        await consumer.CommitAsync();
        Assert.Equal(3, await CommittedAsync("g", _partition));
        Assert.Equal((4, 3, 3), (consumer.GetPositions(_partition).Delivered, consumer.GetPositions(_partition).Processed, consumer.GetPositions(_partition).Committed));
        await consumer.CommitAsync([new TopicPartitionOffset(_partition, 4)]);
        Assert.Equal(4, await CommittedAsync("g", _partition));
        Assert.Equal(4, (await consumer.CommittedAsync([_partition, new TopicPartition("t", 7)]))[0].Offset.Value);
        Assert.Equal(Offset.Unset, (await consumer.CommittedAsync([new TopicPartition("t", 7)]))[0].Offset);
    }

    [Fact]
    public async Task Without_automatic_commits_nothing_is_committed_by_itself()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using (var consumer = Member("g", ("enable.auto.commit", "false"), ("auto.commit.interval.ms", "1")))
        {
            consumer.Subscribe("t");
            await TakeAsync(consumer, 10);
        }
        Assert.Equal(Offset.Unset.Value, await CommittedAsync("g", _partition));
    }

    [Fact]
    public async Task By_interval_what_is_finished_is_committed()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g", ("auto.commit.interval.ms", "20"));
        consumer.Subscribe("t");
        await TakeAsync(consumer, 8);
        await Eventually.Is(() => consumer.GetPositions(_partition).Committed == 7);
        Assert.Equal(7, await CommittedAsync("g", _partition));
    }

    /// <summary>C-41, C-42: only StoreOffset counts, what is stored only rises, and a seek begins anew.</summary>
    [Fact]
    public async Task What_the_application_stores_is_committed_and_only_rises()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g", ("enable.auto.offset.store", "false"), ("auto.commit.interval.ms", "3600000"));
        consumer.Subscribe("t");
        await TakeAsync(consumer, 6);
        await consumer.CommitAsync();
        Assert.Equal(Offset.Unset.Value, await CommittedAsync("g", _partition));
        consumer.StoreOffset(new TopicPartitionOffset(_partition, 5));
        consumer.StoreOffset(new TopicPartitionOffset(_partition, 2));
        await consumer.CommitAsync();
        Assert.Equal(5, await CommittedAsync("g", _partition));
        Assert.Throws<ArgumentException>(() => consumer.StoreOffset(new TopicPartitionOffset(_partition, 7)));
        Assert.Throws<ArgumentException>(() => consumer.StoreOffset(new TopicPartitionOffset(_partition, Offset.End)));
        Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(new TopicPartitionOffset("t", 3, 1)));
        consumer.Seek(new TopicPartitionOffset(_partition, 1));
        await TakeAsync(consumer, 2);
        consumer.StoreOffset(new TopicPartitionOffset(_partition, 2));
        await consumer.CommitAsync();
        Assert.Equal(2, await CommittedAsync("g", _partition));
    }

    [Fact]
    public async Task What_is_stored_by_itself_is_not_stored_by_the_application()
    {
        await using var consumer = Member("g");
        Assert.Contains("enable.auto.offset.store=false", Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(new TopicPartitionOffset(_partition, 1))).Message);
        await Assert.ThrowsAsync<ArgumentException>(async () => await consumer.CommitAsync([new TopicPartitionOffset(_partition, Offset.End)]));
    }

    [Fact]
    public async Task Who_assigns_by_hand_commits_for_a_group_without_members()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using (var first = Member("g"))
        {
            first.Assign(new TopicPartitionOffset(_partition, Offset.Stored));
            await TakeAsync(first, 4);
            Assert.NotNull(await first.ConsumeAsync(TimeSpan.Zero));
            Assert.Equal(("g", -1, ""), (first.GroupMetadata.GroupId, first.GroupMetadata.GenerationId, first.GroupMetadata.MemberId));
        }
        Assert.Equal(4, await CommittedAsync("g", _partition));
        await using var second = Member("g");
        second.Assign(new TopicPartitionOffset(_partition, Offset.Beginning));
        Assert.Equal([0], await TakeAsync(second, 1));
        second.Seek(new TopicPartitionOffset(_partition, Offset.Stored));
        Assert.Equal([4], await TakeAsync(second, 1));
    }

    [Fact]
    public async Task A_member_does_not_commit_for_partitions_of_others()
    {
        await Broker.CreateTopicAsync("t", 2);
        await using var consumer = Member("g");
        consumer.Subscribe("t");
        await JoinedAsync(consumer, 2);
        await Broker.CreateTopicAsync("u", 1);
        await Assert.ThrowsAsync<CommitFailedException>(async () => await consumer.CommitAsync([new TopicPartitionOffset("u", 0, 1)]));
        Assert.Equal("g", consumer.GroupMetadata.GroupId);
        Assert.NotEqual("", consumer.GroupMetadata.MemberId);
        Assert.True(consumer.GroupMetadata.GenerationId >= 0);
    }

    /// <summary>C-47: what is left to read, as the consumer knows it and as the leader says it now.</summary>
    [Fact]
    public async Task Lag_is_what_is_left_behind_what_is_finished()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g");
        consumer.Subscribe("t");
        await TakeAsync(consumer, 4);
        Assert.Equal((7L, 7L), (consumer.GetPositions(_partition).Lag, await consumer.GetLagAsync(_partition)));
        await ProduceAsync("t", 1, 10, 5);
        Assert.Equal(12, await consumer.GetLagAsync(_partition));
        Assert.Equal((0L, 15L), ((await consumer.GetWatermarksAsync(_partition)).Low.Value, (await consumer.GetWatermarksAsync(_partition)).High.Value));
        Assert.Equal(0, consumer.GetCachedWatermarks(_partition)!.Value.Low.Value);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.GetLagAsync(new TopicPartition("t", 9)));
    }
}
