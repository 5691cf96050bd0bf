using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>Applications and clusters that do what they should not, against the real broker: nothing hangs and nothing is lost without a word.</summary>
public sealed class GroupTroubleTests : GroupTest
{
    readonly TopicPartition _partition = new("t", 0);

    [Theory, MemberData(nameof(GroupTests.Protocols), MemberType = typeof(GroupTests))]
    public async Task Who_does_not_pull_for_max_poll_interval_loses_its_partitions_and_gets_them_again_with_the_next_pull(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var member = Member("g", ("group.protocol", protocol), ("max.poll.interval.ms", "300"));
        var lost = 0;
        member.Rebalance.OnLost((_, _) => { Interlocked.Increment(ref lost); return default; });
        member.Subscribe("t");
        await TakeAsync(member, 3);
        await Eventually.Is(() => Volatile.Read(ref lost) > 0 && member.Assignment.Count == 0);
        // What was in hand may have been read by another member: it comes again.
        Assert.Equal([0, 1], await TakeAsync(member, 2));
    }

    [Theory, MemberData(nameof(GroupTests.Protocols), MemberType = typeof(GroupTests))]
    public async Task A_handler_that_takes_longer_than_max_poll_interval_is_told_and_the_member_joins_again(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var member = Member("g", ("group.protocol", protocol), ("max.poll.interval.ms", "300"));
        var calls = 0;
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        member.Rebalance.OnAssigned(async (_, cancellation) =>
        {
            if (Interlocked.Increment(ref calls) > 1) return;
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult();
        });
        member.Subscribe("t");
        Assert.Equal([0, 1, 2], await TakeAsync(member, 3));
        Assert.True(told.Task.IsCompleted);
        Assert.Equal(2, calls);
    }

    /// <summary>Nothing of the new topic is skipped, and nothing of the old one's offsets is taken for its own.</summary>
    [Theory, MemberData(nameof(GroupTests.Protocols), MemberType = typeof(GroupTests))]
    public async Task A_topic_that_is_deleted_and_made_again_is_told_or_read_from_its_beginning(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var member = Member("g", ("group.protocol", protocol), ("auto.commit.interval.ms", "20"), ("metadata.max.age.ms", "100"));
        var told = new List<ConsumerEvent>();
        member.Events += told.Add;
        member.Subscribe("t");
        await TakeAsync(member, 8);
        await Eventually.Is(() => member.GetPositions(_partition).Committed == 7);
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = Broker.BootstrapServers }))
        {
            (await admin.DeleteTopicsAsync(["t"]))[0].GetValue();
            await Broker.CreateTopicAsync("t", 1);
        }
        await ProduceAsync("t", 1, 100, 20);
        var read = new List<int>();
        using var patience = new CancellationTokenSource(Long);
        while (read.LastOrDefault() != 119)
        {
            try
            {
                if (await member.ConsumeAsync(TimeSpan.FromMilliseconds(50), patience.Token) is { } result) read.Add(int.Parse(result.Message.Value!));
            }
            catch (ConsumeException stopped) when (stopped.Fault == ConsumeFault.TopicRecreated)
            {
                member.Seek(new TopicPartitionOffset(stopped.TopicPartitionOffset.TopicPartition, Offset.Beginning));
            }
            catch (ConsumeException passing) when (passing.IsRetriable) { }
        }
        Assert.Equal(Enumerable.Range(100, 20), read.Where(static value => value >= 100));
    }

    /// <summary>A group whose members speak one protocol, and one that comes with the other: they share the group, or the newcomer is told why not. Nobody hangs.</summary>
    [Theory]
    [InlineData("classic", "consumer")]
    [InlineData("consumer", "classic")]
    public async Task A_member_that_comes_with_the_other_protocol_shares_the_group_or_is_told(string first, string second)
    {
        await Broker.CreateTopicAsync("t", 2);
        await using var one = Member("g", ("group.protocol", first));
        one.Subscribe("t");
        await JoinedAsync(one, 2);
        await using var two = Member("g", ("group.protocol", second));
        two.Subscribe("t");
        KafkaException? refused = null;
        using var patience = new CancellationTokenSource(Long);
        while (refused is null && (one.Assignment.Count, two.Assignment.Count) != (1, 1))
        {
            await one.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token);
            try { await two.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token); }
            catch (KafkaException failure) { refused = failure; }
        }
        await ProduceAsync("t", 2, 0, 20);
        var read = new List<int>();
        while (read.Count < 20)
            foreach (var member in refused is null ? new[] { one, two } : [one])
                if (await member.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token) is { } result) read.Add(int.Parse(result.Message.Value!));
        Assert.Equal(Enumerable.Range(0, 20), read.Order());
        if (refused is not null) Assert.Equal(ErrorCode.InconsistentGroupProtocol, refused.Error.Code);
    }

    /// <summary>A broker that is killed and comes back costs time, no record and no double.</summary>
    [Fact]
    public async Task A_coordinator_that_restarts_costs_nothing_but_time()
    {
        await Broker.CreateTopicAsync("t", 2);
        await ProduceAsync("t", 2, 0, 100);
        await using (var member = Member("g", ("auto.commit.interval.ms", "20")))
        {
            member.Subscribe("t");
            var read = await TakeAsync(member, 50);
            await Broker.RestartAsync();
            while (read.Distinct().Count() < 100) read.AddRange(await TakeAsync(member, 1));
            Assert.Equal(Enumerable.Range(0, 100), read.Distinct().Order());
            Assert.Null(await member.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        }
        Assert.Equal((50L, 50L), (await CommittedAsync("g", _partition), await CommittedAsync("g", new TopicPartition("t", 1))));
    }

    [Fact]
    public async Task A_regular_expression_reads_topics_that_come_later_from_their_beginning()
    {
        await Broker.CreateTopicAsync("a-1", 1);
        await Broker.CreateTopicAsync("b-1", 1);
        await using var member = Member("g", ("auto.offset.reset", "latest"), ("metadata.max.age.ms", "100"));
        member.Subscribe("^a-[0-9]");
        await JoinedAsync(member);
        await Eventually.Is(() => member.GetPositions(new TopicPartition("a-1", 0)).Delivered == 0);
        await ProduceAsync("a-1", 1, 0, 2);
        Assert.Equal([0, 1], await TakeAsync(member, 2));
        await Broker.CreateTopicAsync("a-2", 1);
        await Broker.CreateTopicAsync("a-23", 1);
        await ProduceAsync("a-23", 1, 100, 2);
        await ProduceAsync("b-1", 1, 200, 2);
        await ProduceAsync("a-2", 1, 10, 5);
        Assert.Equal([10, 11, 12, 13, 14], await TakeAsync(member, 5));
        Assert.Null(await member.ConsumeAsync(TimeSpan.FromMilliseconds(100)));
    }
}
