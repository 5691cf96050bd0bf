using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming;
using Semel.Client.Metadata;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class FetchPlanTests
{
    static readonly NodeId Broker = new(1);
    static readonly TimeSpan Now = TimeSpan.FromSeconds(1), Wait = TimeSpan.FromMilliseconds(500);
    static readonly FetchLimits Limits = new(PartitionBytes: 1000, BufferedPerPartition: 5000, Wait);

    static PartitionFeed Feed(int number, int leader = 1, bool atEnd = false)
    {
        var position = new PartitionPosition(new TopicPartition("t", number));
        position.Learn(new TopicMetadata("t", TopicId.None, ErrorCode.None, []), new PartitionMetadata(number, new NodeId(leader), 0, ErrorCode.None, [], []));
        position.SeekTo(0);
        if (atEnd) position.Answer(new FetchAnswer(Broker, ErrorCode.None, FetchedRange.Read(default, 0), default) { PreferredReplica = NodeId.None }, IsolationLevel.ReadUncommitted, Now, default);
        return new PartitionFeed(position);
    }

    static FetchPlan? Make(ConnectionLane lane, params PartitionFeed[] feeds) => FetchPlan.Make(feeds, Broker, lane, Limits, 10_000, Now);
    static IEnumerable<int> Numbers(FetchPlan? plan) => plan?.Partitions.Select(fetch => fetch.Position.Partition.Partition) ?? [];

    [Fact]
    public void All_partitions_of_the_broker_go_into_the_request_that_may_wait()
    {
        var plan = Make(ConnectionLane.Fetches, Feed(0), Feed(1, leader: 2), Feed(2, atEnd: true));
        Assert.Equal([0, 2], Numbers(plan));
        Assert.Equal((Wait, 2000), (plan!.MaxWait, plan.MaxBytes));
    }

    [Fact]
    public void Nothing_is_fetched_of_a_partition_that_is_paused_full_in_flight_waiting_or_without_a_position()
    {
        var paused = Feed(0);
        paused.Position.IsPaused = true;
        var full = Feed(1);
        full.BufferedBytes = 5000;
        var inFlight = Feed(2);
        inFlight.Position.FetchSent();
        var waiting = Feed(3);
        waiting.Position.FetchLost(Now, new FetchPauses(new Backoff(Wait, Wait), Wait));
        var resolving = Feed(4);
        resolving.Position.SeekBy(OffsetQuery.Latest);
        Assert.Null(Make(ConnectionLane.Fetches, paused, full, inFlight, waiting, resolving));
    }

    [Fact]
    public void The_urgent_lane_takes_what_may_have_data_and_does_not_wait()
    {
        var plan = Make(ConnectionLane.UrgentFetches, Feed(0), Feed(1, atEnd: true));
        Assert.Equal([0], Numbers(plan));
        Assert.Equal(TimeSpan.Zero, plan!.MaxWait);
    }

    [Fact]
    public void The_urgent_lane_waits_only_shortly_for_partitions_at_their_end()
    {
        var plan = Make(ConnectionLane.UrgentFetches, Feed(0, atEnd: true));
        Assert.Equal([0], Numbers(plan));
        Assert.InRange(plan!.MaxWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_partition_at_its_end_that_a_waiting_request_still_names_is_left_to_that()
    {
        var feed = Feed(0, atEnd: true);
        feed.Position.FetchSent();
        feed.Position.Rewind();
        Assert.Equal([0], Numbers(Make(ConnectionLane.UrgentFetches, feed)));
        feed.Position.Answer(new FetchAnswer(Broker, ErrorCode.None, FetchedRange.Read(default, 0), default) { PreferredReplica = NodeId.None }, IsolationLevel.ReadUncommitted, Now, default);
        Assert.Null(Make(ConnectionLane.UrgentFetches, feed));
    }

    [Fact]
    public void A_request_never_asks_for_more_than_the_memory_allows() => Assert.Equal(1500, FetchPlan.Make([Feed(0), Feed(1)], Broker, ConnectionLane.Fetches, Limits, 1500, Now)!.MaxBytes);

    [Fact]
    public void The_memory_is_shared_by_the_requests_that_can_be_out()
    {
        var memory = new FetchMemory(1 << 20, () => { });
        Assert.Equal(1 << 18, memory.Budget(50 << 20, requests: 4));
        Assert.Equal(100_000, memory.Budget(100_000, requests: 4));
    }

    [Fact]
    public void A_full_memory_stops_requests_and_wakes_the_fetchers_when_it_is_let_go()
    {
        var woken = 0;
        var memory = new FetchMemory(1 << 20, () => woken++);
        memory.AddFetched(1 << 20);
        Assert.Null(memory.Budget(1 << 19, 2));
        memory.ReleaseFetched(1 << 19);
        Assert.Equal(1, woken);
        Assert.Equal(1 << 19, memory.Budget(1 << 19, 2));
        memory.ReleaseFetched(1);
        Assert.Equal(1, woken);
        memory.Reserve(1 << 19);
        Assert.Null(memory.Budget(1 << 19, 2));
        memory.Unreserve(1 << 19);
        Assert.Equal(2, woken);
    }

    [Fact]
    public void When_nothing_is_here_a_request_is_allowed_however_small_the_memory() => Assert.Equal(1, new FetchMemory(1, () => { }).Budget(1 << 20, 2));

    [Fact]
    public void Once_compressed_data_has_come_fetching_leaves_half_of_the_memory_to_what_comes_out_of_it()
    {
        var memory = new FetchMemory(1 << 20, () => { });
        memory.SawCompressed();
        Assert.Equal(1 << 18, memory.Budget(50 << 20, requests: 2));
        memory.AddFetched(1 << 19);
        Assert.Null(memory.Budget(50 << 20, requests: 2));
        Assert.True(memory.TryTake(1 << 19));
        Assert.Equal(1 << 20, memory.UsedBytes);
    }

    [Fact]
    public void What_is_to_be_decompressed_needs_room_beside_what_was_fetched_and_may_still_come_and_is_told_when_there_is()
    {
        var woken = 0;
        var memory = new FetchMemory(1000, () => woken++);
        memory.AddFetched(200);
        memory.Reserve(300);
        Assert.False(memory.TryTake(501));
        Assert.Equal(200, memory.UsedBytes);
        memory.Unreserve(300);
        Assert.Equal(1, woken);
        Assert.True(memory.TryTake(501));
        memory.ReleaseDecompressed(501);
        Assert.Equal((1, 200L), (woken, memory.UsedBytes));
    }
}
