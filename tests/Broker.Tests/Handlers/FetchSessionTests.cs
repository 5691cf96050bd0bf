using Semel.Broker.Handlers.Fetch.Sessions;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Handlers;

/// <summary>Fetch sessions (KIP-227), each row as Apache Kafka 4.4 answers it: what changed is asked, what is new is told.</summary>
public class FetchSessionTests : BrokerTest
{
    const short ByName = 12, ById = 13;

    protected override BrokerOptions Options => new() { FetchSessionSlots = 3 };

    readonly Dictionary<string, TopicId> _ids = [];
    FrameClient _client = null!;
    int _session;

    async Task StartAsync(params (string Topic, int Partitions)[] topics)
    {
        foreach (var (topic, partitions) in topics) _ids[topic] = await Broker.CreateTopicAsync(topic, partitions);
        _client = await ConnectAsync();
    }

    Task ProduceAsync(string topic, int partition, params string[] values) => _client.ProduceAsync(topic, partition, TestBatch.Plain(values));

    FetchRequest Request(int id, int epoch, (string Topic, int Partition, long Offset)[] parts, (string Topic, int Partition)[]? forgotten = null, short version = ByName, int maxBytes = 50 << 20)
    {
        var request = new FetchRequest { MaxBytes = maxBytes, MinBytes = 1, SessionId = id, SessionEpoch = epoch };
        foreach (var of in parts.GroupBy(part => part.Topic))
            request.Topics.Add(new()
            {
                Topic = of.Key, TopicId = version >= ById ? _ids[of.Key] : TopicId.None,
                Partitions = [.. of.Select(part => new FetchRequest.FetchPartition { Partition = part.Partition, FetchOffset = part.Offset, PartitionMaxBytes = 1 << 20 })],
            });
        foreach (var (topic, partition) in forgotten ?? [])
            request.ForgottenTopicsData.Add(new() { Topic = topic, TopicId = version >= ById ? _ids[topic] : TopicId.None, Partitions = [partition] });
        return request;
    }

    /// <summary>What was answered: the error or the rows in words, "partition error high-watermark+records".</summary>
    async Task<string> FetchAsync(int epoch, (string, int, long)[] parts, (string, int)[]? forgotten = null, int? id = null, short version = ByName, int maxBytes = 50 << 20)
    {
        var response = await _client.AskAsync(Request(id ?? _session, epoch, parts, forgotten, version, maxBytes), version);
        if (response.ErrorCode != ErrorCode.None)
        {
            Assert.Equal(0, response.SessionId);
            Assert.Empty(response.Responses);
            return $"{response.ErrorCode}";
        }
        if (epoch == 0) _session = response.SessionId;
        else Assert.Contains(response.SessionId, (int[])[0, id ?? _session]);
        var rows = from topic in response.Responses
                   from row in topic.Partitions
                   select $"{row.PartitionIndex} {(row.ErrorCode == ErrorCode.None ? "" : $"{row.ErrorCode} ")}{row.HighWatermark}+{TestBatch.ValuesOf(row.Records!.Value).Count}";
        return $"{(response.SessionId == 0 ? "alone: " : "")}{string.Join(", ", rows)}";
    }

    [Fact]
    public async Task A_session_tells_what_is_new_and_nothing_else()
    {
        await StartAsync(("t", 3));
        for (var partition = 0; partition < 3; partition++) await ProduceAsync("t", partition, "a", "b");
        Assert.Equal("0 2+2, 1 2+2, 2 2+0", await FetchAsync(0, [("t", 0, 0), ("t", 1, 0), ("t", 2, 2)]));
        Assert.Equal("0 2+2, 1 2+2", await FetchAsync(1, []));
        Assert.Equal("", await FetchAsync(2, [("t", 0, 2), ("t", 1, 2)]));
        Assert.Equal("", await FetchAsync(3, []));
        await ProduceAsync("t", 1, "x");
        Assert.Equal("1 3+1", await FetchAsync(4, []));
        Assert.Equal("1 3+1", await FetchAsync(5, []));
        Assert.Equal("", await FetchAsync(6, [("t", 1, 3)], [("t", 0)]));
        await ProduceAsync("t", 0, "y");
        Assert.Equal("", await FetchAsync(7, []));
        Assert.Equal("0 3+1", await FetchAsync(8, [("t", 0, 2)]));
        // Of two wishes for one partition the last counts.
        Assert.Equal("", await FetchAsync(9, [("t", 0, 2), ("t", 0, 3)]));
    }

    [Fact]
    public async Task Errors_are_told_each_time_and_their_end_is_news()
    {
        await StartAsync(("t", 1));
        await ProduceAsync("t", 0, "a");
        await FetchAsync(0, [("t", 0, 1)]);
        Assert.Equal("9 UnknownTopicOrPartition -1+0", await FetchAsync(1, [("t", 9, 0)]));
        Assert.Equal("9 UnknownTopicOrPartition -1+0, 0 UnknownTopicOrPartition -1+0", await FetchAsync(2, [("nope", 0, 0)]));
        Assert.Equal("", await FetchAsync(3, [], [("nope", 0), ("t", 9), ("t", 77)]));
        Assert.Equal("0 OffsetOutOfRange -1+0", await FetchAsync(4, [("t", 0, 100)]));
        Assert.Equal("0 1+0", await FetchAsync(5, [("t", 0, 1)]));
        Assert.Equal("", await FetchAsync(6, []));
        Assert.Equal(ErrorCode.None, (await _client.AskAsync(new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 1 }] }], TimeoutMs = 5000 }, 2)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal("0 1+0", await FetchAsync(7, []));
        Assert.Equal("", await FetchAsync(8, []));
    }

    [Fact]
    public async Task A_request_out_of_turn_is_refused_and_the_session_stands()
    {
        await StartAsync(("t", 1));
        await FetchAsync(0, [("t", 0, 0)]);
        Assert.Equal("", await FetchAsync(1, []));
        foreach (var epoch in new[] { 1, 3, 99, -5 }) Assert.Equal("InvalidFetchSessionEpoch", await FetchAsync(epoch, []));
        Assert.Equal("", await FetchAsync(2, []));
        Assert.Equal("FetchSessionIdNotFound", await FetchAsync(1, [], id: _session ^ 1));
        Assert.Equal("FetchSessionIdNotFound", await FetchAsync(1, [], id: 0));
        Assert.Equal("", await FetchAsync(3, []));
    }

    [Fact]
    public async Task A_session_ends_with_its_last_partition_by_word_or_with_the_next_one()
    {
        await StartAsync(("t", 1));
        await FetchAsync(0, [("t", 0, 0)]);
        Assert.Equal("alone: ", await FetchAsync(1, [], [("t", 0)]));
        Assert.Equal("FetchSessionIdNotFound", await FetchAsync(2, []));

        await FetchAsync(0, [("t", 0, 0)], id: 0);
        var first = _session;
        Assert.Equal("0 0+0", await FetchAsync(0, [("t", 0, 0)], id: first));
        Assert.NotEqual(first, _session);
        Assert.Equal("FetchSessionIdNotFound", await FetchAsync(1, [], id: first));
        Assert.Equal("", await FetchAsync(1, []));
        Assert.Equal("alone: 0 0+0", await FetchAsync(-1, [("t", 0, 0)]));
        Assert.Equal("FetchSessionIdNotFound", await FetchAsync(2, []));
        // Whose session is gone already says the same and is answered.
        Assert.Equal("alone: 0 0+0", await FetchAsync(-1, [("t", 0, 0)]));
        Assert.Equal("0 0+0", await FetchAsync(0, [("t", 0, 0)]));
        Assert.Equal("", await FetchAsync(0, []));
        Assert.NotEqual(0, _session);
    }

    [Fact]
    public async Task Names_and_ids_do_not_mix_in_one_session_and_a_deleted_topic_is_no_partition()
    {
        await StartAsync(("t", 1), ("u", 1));
        await FetchAsync(0, [("t", 0, 0)]);
        Assert.Equal("FetchSessionTopicIdError", await FetchAsync(1, [("t", 0, 0)], version: ById));
        Assert.Equal("", await FetchAsync(1, []));

        Assert.Equal("0 0+0, 0 0+0", await FetchAsync(0, [("t", 0, 0), ("u", 0, 0)], version: ById));
        Assert.Equal("FetchSessionTopicIdError", await FetchAsync(1, []));
        Assert.Equal("", await FetchAsync(1, [], version: ById));
        await _client.AskAsync(new DeleteTopicsRequest { TopicNames = ["u"], TimeoutMs = 5000 }, 5);
        for (var epoch = 2; epoch < 4; epoch++) Assert.Equal("0 UnknownTopicOrPartition -1+0", await FetchAsync(epoch, [], version: ById));
        Assert.Equal("", await FetchAsync(4, [], [("u", 0)], version: ById));
        _ids["never"] = new TopicId(Guid.NewGuid());
        Assert.Equal("0 UnknownTopicId -1+0", await FetchAsync(5, [("never", 0, 0)], version: ById));
    }

    [Fact]
    public async Task Who_had_records_comes_after_the_others()
    {
        await StartAsync(("t", 3));
        for (var partition = 0; partition < 3; partition++) await ProduceAsync("t", partition, "a");
        Assert.Equal("0 1+1, 1 1+0, 2 1+0", await FetchAsync(0, [("t", 0, 0), ("t", 1, 0), ("t", 2, 0)], maxBytes: 1));
        foreach (var (turn, partition) in new[] { 0, 1, 2, 0, 1 }.Index()) Assert.Equal($"{partition} 1+1", await FetchAsync(turn + 1, [], maxBytes: 1));
    }

    [Fact]
    public async Task A_session_waits_for_records_as_any_fetch_does()
    {
        await StartAsync(("t", 2));
        await FetchAsync(0, [("t", 0, 0), ("t", 1, 0)]);
        var request = Request(_session, 1, []);
        request.MaxWaitMs = 30_000;
        var waiting = _client.AskAsync(request, ByName);
        var other = await ConnectAsync();
        await other.ProduceAsync("t", 1, TestBatch.Plain("a"));
        var row = Assert.Single(Assert.Single((await waiting).Responses).Partitions);
        Assert.Equal((1, 1L), (row.PartitionIndex, row.HighWatermark));
    }

    [Fact]
    public async Task Two_requests_of_one_session_at_the_same_time_are_not_both_believed()
    {
        await StartAsync(("t", 1));
        await FetchAsync(0, [("t", 0, 0)]);
        var request = Request(_session, 1, []);
        request.MaxWaitMs = 30_000;
        var waiting = _client.AskAsync(request, ByName);
        var other = await ConnectAsync();
        // The first is at the broker when the epoch after it is taken.
        await AwaitAsync(() => other.AskAsync(Request(_session, 2, []), ByName).GetAwaiter().GetResult().ErrorCode == ErrorCode.None);
        await other.ProduceAsync("t", 0, TestBatch.Plain("a"));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await waiting).ErrorCode);
    }

    [Fact]
    public async Task There_are_as_many_sessions_as_slots_and_who_gets_none_is_answered_in_full()
    {
        await StartAsync(("t", 1));
        for (var session = 0; session < 3; session++) Assert.Equal("0 0+0", await FetchAsync(0, [("t", 0, 0)], id: 0));
        var last = _session;
        Assert.Equal("alone: 0 0+0", await FetchAsync(0, [("t", 0, 0)], id: 0));
        Assert.Equal("0 0+0", await FetchAsync(0, [("t", 0, 0)], id: last));
    }

    // Which session makes room

    static FetchRequest Of(int partitions) => new() { Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, partitions).Select(number => new FetchRequest.FetchPartition { Partition = number })] }] };

    static FetchRequest Next(FetchSession session, int epoch) => new() { SessionId = session.Id, SessionEpoch = epoch };

    [Fact]
    public void A_session_that_nobody_used_for_two_minutes_makes_room_and_before_that_none()
    {
        var (time, id) = (new ManualTime(), 0);
        var cache = new FetchSessionCache(2, () => ++id, time);
        var first = cache.TryOpen(Of(5), ByName, out _)!;
        var second = cache.TryOpen(Of(5), ByName, out _)!;
        Assert.Null(cache.TryOpen(Of(50), ByName, out _));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorCode.None, cache.Continue(Next(first, 1), ByName, out _, out _, out _));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.NotNull(cache.TryOpen(Of(1), ByName, out _));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Continue(Next(second, 1), ByName, out _, out _, out _));
        Assert.Equal(ErrorCode.None, cache.Continue(Next(first, 2), ByName, out _, out _, out _));
    }

    [Fact]
    public void Of_sessions_in_use_the_smallest_makes_room_for_a_larger_one_once_it_has_had_its_two_minutes()
    {
        var (time, id) = (new ManualTime(), 0);
        var cache = new FetchSessionCache(2, () => ++id, time);
        var (small, large) = (cache.TryOpen(Of(3), ByName, out _)!, cache.TryOpen(Of(9), ByName, out _)!);
        time.Advance(TimeSpan.FromSeconds(119));
        foreach (var session in new[] { small, large }) Assert.Equal(ErrorCode.None, cache.Continue(Next(session, 1), ByName, out _, out _, out _));
        Assert.Null(cache.TryOpen(Of(100), ByName, out _));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(cache.TryOpen(Of(3), ByName, out _));
        Assert.NotNull(cache.TryOpen(Of(4), ByName, out _));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, cache.Continue(Next(small, 2), ByName, out _, out _, out _));
        Assert.Equal(ErrorCode.None, cache.Continue(Next(large, 2), ByName, out _, out _, out _));
        Assert.Equal(2, cache.Count);
    }

    [Fact]
    public void Sessions_have_a_bound_of_partitions_too_and_none_of_slots_means_none()
    {
        var (time, id) = (new ManualTime(), 0);
        var cache = new FetchSessionCache(10, () => ++id, time);
        var session = cache.TryOpen(Of(400_000), ByName, out _)!;
        Assert.Null(cache.TryOpen(Of(200_000), ByName, out _));
        cache.Close(session.Id);
        Assert.NotNull(cache.TryOpen(Of(200_000), ByName, out _));
        Assert.Null(new FetchSessionCache(0, () => ++id, time).TryOpen(Of(1), ByName, out _));
    }
}
