using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;

namespace Semel.Faults.Tests;

public sealed class FaultProxyTests : IAsyncLifetime
{
    readonly ManualTime _time = new();
    ScriptedBroker _broker = new();
    FaultProxy? _proxy;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await _broker.DisposeAsync();
    }

    async Task<FaultProxy> ProxyAsync(params string[] rules) => _proxy = await FaultProxy.StartAsync(new FaultProxyOptions
    {
        Upstream = _broker.EndPoint,
        Rules = rules.Select(FaultRule.Parse).ToArray(),
        TimeProvider = _time,
    });

    static byte[] Fetch(int correlationId, int bodyLength = 10) => RawClient.Request(ApiKey.Fetch, correlationId, bodyLength);

    [Fact]
    public async Task Without_rules_frames_pass_unchanged_in_both_directions_and_are_counted()
    {
        var proxy = await ProxyAsync();
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        for (var i = 0; i < 10; i++)
        {
            var request = Fetch(i, bodyLength: i * 50);
            await client.SendAsync(request);
            Assert.Equal(request, (await _broker.NextAsync()).Bytes);
            var answer = await client.ReceiveAsync();
            Assert.Equal((byte[])[.. RawClient.Size(8), .. ScriptedBroker.Reply(request, BitConverter.GetBytes(request.Length))], answer!);
        }
        Assert.Equal((10, 10, 0), (proxy.Counters.Of(ApiKey.Fetch).RequestsPassed, proxy.Counters.Of(ApiKey.Fetch).AnswersPassed, proxy.Counters.Total.Faults));
        Assert.Empty(proxy.Events);
    }

    [Fact]
    public async Task A_large_frame_passes_whole()
    {
        var proxy = await ProxyAsync();
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        var request = Fetch(1, bodyLength: 5_000_000);
        var sending = client.SendAsync(request, Fetch(2));
        Assert.Equal(request, (await _broker.NextAsync()).Bytes);
        await sending;
        Assert.Equal(1, await client.AnswerAsync());
        Assert.Equal(2, await client.AnswerAsync());
    }

    [Fact]
    public async Task A_dropped_request_never_arrives_and_the_next_one_does()
    {
        var proxy = await ProxyAsync("Fetch:request:drop:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        Assert.Equal(2, (await _broker.NextAsync()).CorrelationId);
        Assert.Equal(2, await client.AnswerAsync());
        Assert.Equal((1, 1), (proxy.Counters.Total.RequestsDropped, proxy.Counters.Total.RequestsPassed));
    }

    [Fact]
    public async Task A_dropped_answers_request_arrives_and_the_next_answer_does()
    {
        var proxy = await ProxyAsync("Fetch:answer:drop:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
        Assert.Equal(2, await client.AnswerAsync());
        Assert.Equal((1, 1), (proxy.Counters.Total.AnswersDropped, proxy.Counters.Total.AnswersPassed));
    }

    [Fact]
    public async Task A_cut_request_never_arrives_and_its_connection_ends()
    {
        var proxy = await ProxyAsync("Fetch:request:cut:skip=1:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, await client.AnswerAsync());
        await client.SendAsync(Fetch(2));
        Assert.Null(await client.AnswerAsync());
        using var again = await RawClient.ConnectAsync(proxy.EndPoint);
        await again.SendAsync(Fetch(3));
        Assert.Equal(3, await again.AnswerAsync());
        await _broker.ExpectAsync(1, 3);
        Assert.Equal((1, 1), (proxy.Counters.Total.RequestsDropped, proxy.Counters.Total.ConnectionsCut));
    }

    [Fact]
    public async Task A_cut_answers_request_has_done_its_work()
    {
        var proxy = await ProxyAsync("Fetch:answer:cut");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
        Assert.Null(await client.AnswerAsync());
        Assert.Equal((1, 1), (proxy.Counters.Total.AnswersDropped, proxy.Counters.Total.ConnectionsCut));
        var happened = Assert.Single(proxy.Events);
        Assert.Equal((1, FaultKind.Cut, ApiKey.Fetch), (happened.Connection, happened.Action!.Value.Kind, happened.Frame!.Value.ApiKey));
        Assert.Contains("rule 1 'Fetch:answer:cut', strike 1", happened.ToString());
    }

    [Fact]
    public async Task An_answer_cut_after_any_number_of_bytes_gives_exactly_those()
    {
        var proxy = await ProxyAsync();
        for (var count = 0; count <= 14; count++)
        {
            proxy.Rules = [FaultRule.Parse($"Fetch:answer:cut-after={count}")];
            using var client = await RawClient.ConnectAsync(proxy.EndPoint);
            await client.SendAsync(Fetch(1));
            var whole = (byte[])[.. RawClient.Size(8), .. ScriptedBroker.Reply(Fetch(1), BitConverter.GetBytes(Fetch(1).Length))];
            Assert.Equal(whole[..Math.Min(count, whole.Length)], await client.ReceiveToEndAsync());
        }
    }

    [Fact]
    public async Task A_request_cut_inside_never_arrives_whole()
    {
        var proxy = await ProxyAsync("Fetch:request:cut-after=20:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Null(await client.AnswerAsync());
        using var again = await RawClient.ConnectAsync(proxy.EndPoint);
        await again.SendAsync(Fetch(2));
        Assert.Equal(2, await again.AnswerAsync());
        Assert.Equal(2, (await _broker.NextAsync()).CorrelationId);
        Assert.Equal(0, _broker.Unseen);
    }

    [Fact]
    public async Task A_delayed_request_and_all_behind_it_come_when_the_time_has_passed()
    {
        var proxy = await ProxyAsync("Fetch:request:delay=200:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        await _time.WaitingFor(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, _broker.Unseen);
        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Equal((0, 0), (_broker.Unseen, proxy.Counters.Total.RequestsPassed));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await client.AnswerAsync());
        Assert.Equal(2, await client.AnswerAsync());
        Assert.Equal(1, proxy.Counters.Total.Delayed);
    }

    [Fact]
    public async Task A_delayed_answer_comes_when_the_time_has_passed()
    {
        var proxy = await ProxyAsync("Fetch:answer:delay=200:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
        await _time.WaitingFor(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, client.Socket.Available);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, await client.AnswerAsync());
    }

    [Fact]
    public async Task A_repeated_request_arrives_twice_and_is_answered_once()
    {
        var proxy = await ProxyAsync("Fetch:request:repeat:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        Assert.Equal(1, await client.AnswerAsync());
        Assert.Equal(2, await client.AnswerAsync());
        await _broker.ExpectAsync(1, 1, 2);
        Assert.Equal((1, 3, 2), (proxy.Counters.Total.Repeated, proxy.Counters.Total.RequestsPassed, proxy.Counters.Total.AnswersPassed));
        Assert.Contains(proxy.Events, happened => happened.Reason.StartsWith("the second delivery was answered"));
    }

    [Fact]
    public async Task A_request_repeated_later_arrives_again_on_a_connection_of_its_own()
    {
        var proxy = await ProxyAsync("Fetch:request:repeat=300:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, await client.AnswerAsync());
        await _time.WaitingFor(TimeSpan.FromMilliseconds(300));
        var first = await _broker.NextAsync();
        _time.Advance(TimeSpan.FromMilliseconds(300));
        var second = await _broker.NextAsync();
        Assert.Equal(first.Bytes, second.Bytes);
        Assert.NotEqual(first.Connection, second.Connection);
        await client.SendAsync(Fetch(2));
        Assert.Equal(2, await client.AnswerAsync());
    }

    [Fact]
    public async Task A_repeated_answer_comes_twice()
    {
        var proxy = await ProxyAsync("Fetch:answer:repeat:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        await client.ExpectAsync(1, 1, 2);
    }

    [Fact]
    public async Task A_held_request_arrives_after_later_ones_when_it_is_released()
    {
        var proxy = await ProxyAsync("EndTxn:request:hold:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        var held = RawClient.Request(ApiKey.EndTxn, 1);
        await client.SendAsync(held);
        Assert.Null(await client.AnswerAsync());
        Assert.Equal(1, proxy.HeldCount);
        using var again = await RawClient.ConnectAsync(proxy.EndPoint);
        await again.SendAsync(RawClient.Request(ApiKey.EndTxn, 2));
        Assert.Equal(2, await again.AnswerAsync());
        Assert.Equal(2, (await _broker.NextAsync()).CorrelationId);
        var delivery = Assert.Single(await proxy.ReleaseHeldAsync());
        Assert.Equal(held, (await _broker.NextAsync()).Bytes);
        Assert.Equal(1, BinaryPrimitives.ReadInt32BigEndian(delivery.Answer!.Value.Span[4..]));
        Assert.Equal(ApiKey.EndTxn, delivery.Request.ApiKey);
        Assert.Equal((0, 1, 1), (proxy.HeldCount, proxy.Counters.Of(ApiKey.EndTxn).Held, proxy.Counters.Of(ApiKey.EndTxn).ConnectionsCut));
        Assert.Empty(await proxy.ReleaseHeldAsync());
    }

    [Fact]
    public async Task A_request_held_for_a_time_arrives_by_itself()
    {
        var proxy = await ProxyAsync("EndTxn:request:hold=5000:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(RawClient.Request(ApiKey.EndTxn, 1));
        Assert.Null(await client.AnswerAsync());
        await _time.WaitingFor(TimeSpan.FromMilliseconds(5000));
        Assert.Equal(0, _broker.Unseen);
        _time.Advance(TimeSpan.FromMilliseconds(5000));
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
    }

    [Fact]
    public async Task A_held_request_that_cannot_be_delivered_says_so()
    {
        var proxy = await ProxyAsync("EndTxn:request:hold");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(RawClient.Request(ApiKey.EndTxn, 1));
        Assert.Null(await client.AnswerAsync());
        await _broker.DisposeAsync();
        var delivery = Assert.Single(await proxy.ReleaseHeldAsync());
        Assert.Null(delivery.Answer);
        Assert.StartsWith("could not be delivered late", delivery.Outcome);
    }

    [Fact]
    public async Task Swapped_requests_arrive_the_other_way_round_and_are_answered_in_the_clients_order()
    {
        var proxy = await ProxyAsync("Fetch:request:swap:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2), Fetch(3));
        await _broker.ExpectAsync(2, 1, 3);
        await client.ExpectAsync(1, 2, 3);
        Assert.Equal(1, proxy.Counters.Total.Reordered);
    }

    [Fact]
    public async Task A_swapped_request_that_nothing_follows_goes_on_alone_after_its_time()
    {
        var proxy = await ProxyAsync("Fetch:request:swap=400:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        await _time.WaitingFor(TimeSpan.FromMilliseconds(400));
        Assert.Equal(0, _broker.Unseen);
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(1, await client.AnswerAsync());
        await client.SendAsync(Fetch(2));
        Assert.Equal(2, await client.AnswerAsync());
    }

    [Fact]
    public async Task Swapped_answers_come_the_other_way_round()
    {
        var proxy = await ProxyAsync("Fetch:answer:swap:count=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2), Fetch(3));
        await client.ExpectAsync(2, 1, 3);
    }

    [Fact]
    public async Task After_a_stalled_answer_requests_still_arrive_and_nothing_comes_back()
    {
        var proxy = await ProxyAsync("Fetch:answer:stall");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2), Fetch(3));
        for (var i = 1; i <= 3; i++) Assert.Equal(i, (await _broker.NextAsync()).CorrelationId);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal((1, 0), (proxy.Counters.Total.Stalled, proxy.Counters.Total.AnswersPassed));
    }

    [Fact]
    public async Task After_a_stalled_request_answers_still_come_and_nothing_more_arrives()
    {
        var proxy = await ProxyAsync("Fetch:request:stall:skip=1");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2), Fetch(3));
        Assert.Equal(1, await client.AnswerAsync());
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
        Assert.Equal(0, _broker.Unseen);
    }

    [Fact]
    public async Task In_a_black_hole_nothing_goes_through_in_either_direction()
    {
        var proxy = await ProxyAsync("Metadata:request:blackhole");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, await client.AnswerAsync());
        await client.SendAsync(RawClient.Request(ApiKey.Metadata, 2), Fetch(3));
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(1, (await _broker.NextAsync()).CorrelationId);
        Assert.Equal(0, _broker.Unseen);
    }

    [Theory]
    [InlineData("corrupt=17", 17)]
    [InlineData("corrupt", 12)]
    [InlineData("corrupt=1000", 24)]
    public async Task A_corrupted_request_differs_in_one_byte(string action, int at)
    {
        var proxy = await ProxyAsync($"Fetch:request:{action}");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        var request = Fetch(1);
        await client.SendAsync(request);
        var arrived = (await _broker.NextAsync()).Bytes;
        Assert.Equal([at], Enumerable.Range(0, request.Length).Where(i => arrived[i] != request[i]));
    }

    [Fact]
    public async Task A_Produce_without_acknowledgements_expects_no_answer()
    {
        await _broker.DisposeAsync();
        _broker = new ScriptedBroker(request => request[5] == (byte)ApiKey.Produce ? null : ScriptedBroker.Reply(request, []));
        var proxy = await ProxyAsync("Produce:answer:cut", "Fetch:answer:delay=50");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        // The null transactional id and acks 0 are the first of the body; the same correlation id must not take the Fetch's answer for the Produce's.
        var produce = RawClient.Request(ApiKey.Produce, 7);
        new byte[] { 0xff, 0xff, 0, 0 }.CopyTo(produce, 15);
        await client.SendAsync(produce, Fetch(7));
        await _time.WaitingFor(TimeSpan.FromMilliseconds(50));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(7, await client.AnswerAsync());
        Assert.Equal(0, proxy.Counters.Total.ConnectionsCut);
    }

    [Fact]
    public async Task Frames_that_are_not_Kafkas_pass_untouched()
    {
        var proxy = await ProxyAsync("*:request:cut");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        byte[] strange = [0, 0, 0, 5, 1, 2, 3, 4, 5];
        await client.SendAsync(strange);
        Assert.Equal(strange, (await _broker.NextAsync()).Bytes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    [InlineData(0x16030102)]
    public async Task A_size_beyond_the_limit_closes_the_connection(int size)
    {
        var proxy = await ProxyAsync();
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(RawClient.Size(size));
        Assert.Null(await client.AnswerAsync());
        Assert.Contains($"a frame of {size} bytes was announced", Assert.Single(proxy.Events).Reason);
    }

    [Fact]
    public async Task A_client_that_closes_its_side_still_gets_the_answers_it_is_owed()
    {
        var proxy = await ProxyAsync();
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1), Fetch(2));
        client.Socket.Shutdown(SocketShutdown.Send);
        await client.ExpectAsync(1, 2, null);
    }

    [Fact]
    public async Task A_broker_that_is_away_resets_connections_and_may_come_back()
    {
        var proxy = await ProxyAsync();
        using var before = await RawClient.ConnectAsync(proxy.EndPoint);
        await before.SendAsync(Fetch(1));
        Assert.Equal(1, await before.AnswerAsync());
        await _broker.DisposeAsync();
        Assert.Null(await before.AnswerAsync());
        Assert.True(await RawClient.IsRefusedAsync(proxy.EndPoint));
        Assert.Contains(proxy.Events, happened => happened.Reason.StartsWith("no connection to"));
        _broker = new ScriptedBroker(port: _broker.EndPoint.Port);
        using var after = await RawClient.ConnectAsync(proxy.EndPoint);
        await after.SendAsync(Fetch(2));
        Assert.Equal(2, await after.AnswerAsync());
    }

    [Fact]
    public async Task New_connections_go_to_another_upstream_when_it_was_changed()
    {
        var proxy = await ProxyAsync();
        await using var other = new ScriptedBroker();
        proxy.Upstream = other.EndPoint;
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, (await other.NextAsync()).CorrelationId);
        Assert.Equal(0, _broker.Connections);
    }

    [Fact]
    public async Task Cutting_all_connections_closes_them()
    {
        var proxy = await ProxyAsync();
        using var one = await RawClient.ConnectAsync(proxy.EndPoint);
        using var two = await RawClient.ConnectAsync(proxy.EndPoint);
        await one.SendAsync(Fetch(1));
        await two.SendAsync(Fetch(2));
        await one.ExpectAsync(1);
        await two.ExpectAsync(2);
        Assert.Equal(2, proxy.ConnectionCount);
        proxy.CutAll();
        Assert.Null(await one.AnswerAsync());
        Assert.Null(await two.AnswerAsync());
    }

    [Fact]
    public async Task Rules_that_are_set_while_it_runs_strike_from_the_next_frame()
    {
        var proxy = await ProxyAsync("Fetch:answer:drop");
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        proxy.Rules = [];
        await client.SendAsync(Fetch(1));
        Assert.Equal(1, await client.AnswerAsync());
        proxy.Rules = [FaultRule.Parse("Fetch:answer:cut")];
        await client.SendAsync(Fetch(2));
        Assert.Null(await client.AnswerAsync());
        Assert.Equal("Fetch:answer:cut", Assert.Single(proxy.Rules).ToString());
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_broker_from_being_read()
    {
        await _broker.DisposeAsync();
        const int answerBytes = 1 << 20, requests = 60;
        _broker = new ScriptedBroker(request => ScriptedBroker.Reply(request, new byte[answerBytes]));
        var proxy = await ProxyAsync();
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        for (var i = 0; i < requests; i++) await client.SendAsync(Fetch(i));
        // The first answers are there, but of 60 MiB only what the kernel's buffers hold can have passed, for one answer at a time is in the proxy.
        for (var i = 0; i < 5; i++) Assert.Equal(i, await client.AnswerAsync());
        Assert.InRange(proxy.Counters.Total.AnswersPassed, 4, requests / 2);
        for (var i = 5; i < requests; i++) Assert.Equal(i, await client.AnswerAsync());
    }

    [Fact]
    public async Task Only_the_latest_events_are_kept_and_each_is_told()
    {
        var told = 0;
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions
        {
            Upstream = _broker.EndPoint,
            Rules = [FaultRule.Parse("Fetch:answer:corrupt=20")],
            EventsKept = 3,
            OnEvent = _ => Interlocked.Increment(ref told),
        });
        using var client = await RawClient.ConnectAsync(proxy.EndPoint);
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(Fetch(i));
            Assert.Equal(i, await client.AnswerAsync());
        }
        Assert.Equal([7, 8, 9], proxy.Events.Select(happened => happened.Frame!.Value.CorrelationId));
        Assert.Equal(10, told);
    }

    [Fact]
    public async Task The_same_seed_strikes_the_same_frames()
    {
        async Task<List<int>> StruckAsync(long seed)
        {
            await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = _broker.EndPoint, Seed = seed, Rules = [FaultRule.Parse("Fetch:answer:corrupt=12:0.5")] });
            using var client = await RawClient.ConnectAsync(proxy.EndPoint);
            for (var i = 0; i < 50; i++)
            {
                await client.SendAsync(Fetch(i));
                Assert.Equal(i, await client.AnswerAsync());
            }
            return proxy.Events.Select(happened => happened.Frame!.Value.CorrelationId).ToList();
        }
        var struck = await StruckAsync(9);
        Assert.InRange(struck.Count, 10, 40);
        Assert.Equal(struck, await StruckAsync(9));
        Assert.NotEqual(struck, await StruckAsync(10));
    }

    [Fact]
    public async Task Options_out_of_range_are_refused()
    {
        var options = new FaultProxyOptions { Upstream = _broker.EndPoint };
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FaultProxy.StartAsync(options with { EventsKept = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FaultProxy.StartAsync(options with { MaxFrameBytes = 100 }));
        await Assert.ThrowsAsync<SocketException>(() => FaultProxy.StartAsync(options with { Listen = _broker.EndPoint }));
    }
}
