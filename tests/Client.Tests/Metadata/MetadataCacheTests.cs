using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Metadata;

public sealed class MetadataCacheTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();
    readonly ManualTime _time = new();
    readonly ClusterConnections _cluster;

    public MetadataCacheTests()
    {
        foreach (var topic in (string[])["a", "b", "c"]) _broker.Topics[topic] = (new TopicId(Guid.NewGuid()), 2);
        // Connecting and answering take real time, which must not run out while the test moves the clock.
        var never = TimeSpan.FromDays(20);
        _cluster = new ClusterConnections(_broker.Options with { TimeProvider = _time, ConnectionMaxIdle = TimeSpan.Zero, SetupTimeout = never, SetupTimeoutMax = never, RequestTimeout = never });
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _broker.DisposeAsync();
    }

    List<MetadataRequest> Requests => [.. _broker.Received.Where(received => received.Key == ApiKey.Metadata).Select(received => (MetadataRequest)received.Request)];

    [Fact]
    public async Task What_is_known_is_told_without_asking_again()
    {
        var first = await _cluster.Metadata.GetAsync("a", allowAutoCreate: false);
        Assert.Equal((ErrorCode.None, 2, _broker.Topics["a"].Id), (first.Error, first.Partitions.Count, first.TopicId));
        Assert.Same(first, await _cluster.Metadata.GetAsync("a", allowAutoCreate: false));
        Assert.Single(Requests);
    }

    [Fact]
    public async Task Topics_that_are_missed_at_the_same_time_share_a_request()
    {
        var hold = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        _broker.OnAsync<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            held.TrySetResult();
            await hold.Task;
            return _broker.Metadata(request);
        });
        var first = _cluster.Metadata.GetAsync("a", false).AsTask();
        await held.Task;
        Task[] others = [_cluster.Metadata.GetAsync("b", false).AsTask(), _cluster.Metadata.GetAsync("c", false).AsTask(), _cluster.Metadata.GetAsync("b", false).AsTask()];
        hold.SetResult();
        await first;
        await Task.WhenAll(others);
        Assert.Equal(2, Requests.Count);
        Assert.Equal(["a", "b", "c"], Requests[1].Topics!.Select(topic => topic.Name!).Order());
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_told_with_its_error_and_asked_about_no_sooner_than_the_backoff_allows()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await _cluster.Metadata.GetAsync("missing", false)).Error);
        var again = _cluster.Metadata.GetAsync("missing", false).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(70));
        await Task.Yield();
        Assert.False(again.IsCompleted);
        await _time.RunUntilAsync(() => again.IsCompleted);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task Asking_for_a_refresh_often_costs_one_request()
    {
        await _cluster.Metadata.GetAsync("a", false);
        for (var request = 0; request < 1000; request++) _cluster.Metadata.RequestRefresh("a");
        await _time.RunUntilAsync(() => Requests.Count >= 2);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task Only_topics_that_may_be_created_are_asked_for_in_a_way_that_creates_them()
    {
        await Task.WhenAll(_cluster.Metadata.GetAsync("a", false).AsTask(), _cluster.Metadata.GetAsync("new", true).AsTask());
        Assert.All(Requests, request => Assert.Equal(request.AllowAutoTopicCreation, request.Topics!.Exists(topic => topic.Name == "new")));
        Assert.Contains(Requests, request => request.AllowAutoTopicCreation);
    }

    [Fact]
    public async Task After_its_largest_age_the_metadata_is_asked_for_again_and_a_change_is_told()
    {
        await _cluster.Metadata.GetAsync("a", false);
        var changed = new TaskCompletionSource<MetadataView>();
        _cluster.Metadata.Changed += view => changed.TrySetResult(view);
        _broker.LeaderEpoch = 7;
        for (var minute = 1; minute <= 5; minute++)
        {
            _cluster.Metadata.Find("a");
            for (var chance = 0; chance < 20; chance++) await Task.Yield();
            Assert.Single(Requests);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
        await _time.RunUntilAsync(() => _cluster.Metadata.Find("a") is not null && changed.Task.IsCompleted);
        Assert.Equal(7, (await changed.Task).Find("a")!.Partitions[0].LeaderEpoch);
        Assert.True(_time.GetElapsedTime(0) >= TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_topic_that_nobody_asks_for_any_more_leaves_the_requests()
    {
        await _cluster.Metadata.GetAsync("a", false);
        _time.Advance(TimeSpan.FromMinutes(4));
        await _cluster.Metadata.GetAsync("b", false);
        _time.Advance(TimeSpan.FromMinutes(2));
        await _cluster.Metadata.GetAsync("c", false);
        Assert.Null(_cluster.Metadata.Find("a"));
        Assert.Equal(["b", "c"], Requests[^1].Topics!.Select(topic => topic.Name!).Order());
    }

    [Fact]
    public async Task When_no_broker_answers_who_waits_is_told_why_and_a_later_question_is_answered()
    {
        _broker.Serve = (_, _) => Task.CompletedTask;
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await _cluster.Metadata.GetAsync("a", false));
        Assert.Contains(_broker.Address.ToString(), failure.Message);
        Assert.NotNull(_cluster.Metadata.LastFailure);
        _broker.Serve = null;
        var again = _cluster.Metadata.GetAsync("a", false).AsTask();
        await _time.RunUntilAsync(() => again.IsCompleted);
        Assert.Equal(ErrorCode.None, (await again).Error);
    }

    [Fact]
    public async Task An_answer_whose_partitions_cannot_be_is_taken_as_far_as_it_goes()
    {
        _broker.On<MetadataRequest, MetadataResponse>((request, _) =>
        {
            var answer = _broker.Metadata(request);
            answer.Brokers.Add(new() { NodeId = new NodeId(5), Host = "x", Port = 99_999 });
            answer.Topics[0].Partitions[0].PartitionIndex = -1;
            answer.Topics.Add(new() { Name = "nobody asked", TopicId = new TopicId(Guid.NewGuid()) });
            return answer;
        });
        var topic = await _cluster.Metadata.GetAsync("a", false);
        Assert.Equal([false, true], topic.Partitions.Select(partition => partition.HasLeader));
        Assert.Null(_cluster.Metadata.View.Find("nobody asked"));
        Assert.Single(_cluster.Metadata.View.Brokers);
    }
}
