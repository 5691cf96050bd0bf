using System.Buffers.Binary;
using Semel.Client.Connections;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Connections;

public sealed class BrokerConnectionTests : IAsyncDisposable
{
    static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    readonly ScriptedBroker _broker = new();

    Task<BrokerConnection> DialAsync(ConnectionOptions? options = null) => new Dialer(options ?? _broker.Options).DialAsync(new NodeId(1), _broker.Address, Long, default);

    static ValueTask<FindCoordinatorResponse> AskAsync(BrokerConnection connection, string key, CancellationToken cancellation = default) =>
        connection.SendAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new FindCoordinatorRequest { Key = key }, 0, Long, cancellation);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task The_best_version_is_the_highest_that_both_sides_know_and_the_caller_wants()
    {
        _broker.On<ApiVersionsRequest, ApiVersionsResponse>((_, _) => ScriptedBroker.Offer([(ApiKey.Fetch, new(2, 9)), (ApiKey.Produce, new(0, 2))]));
        await using var connection = await DialAsync();
        Assert.Equal((short)9, connection.BestVersion<FetchRequest, FetchResponse>());
        Assert.Equal((short)5, connection.BestVersion<FetchRequest, FetchResponse>(highest: 5));
        Assert.Null(connection.BestVersion<FetchRequest, FetchResponse>(highest: 3));
        Assert.Null(connection.BestVersion<ProduceRequest, ProduceResponse>());
        Assert.Null(connection.BestVersion<MetadataRequest, MetadataResponse>());
    }

    [Fact]
    public async Task A_broker_that_refuses_the_handshakes_version_is_asked_in_the_highest_of_its_own()
    {
        var asked = new List<short>();
        _broker.Serve = async (socket, cancellation) =>
        {
            while (true)
            {
                var frame = await ScriptedBroker.ReadFrameAsync(socket, cancellation);
                var version = BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2));
                lock (asked) asked.Add(version);
                // Version 0 whatever was asked: error 35 with our own range, then success with Metadata 0 to 5.
                var body = version > 2 ? "0023 00000001 0012 0000 0002" : "0000 00000001 0003 0000 0005 00000000";
                var bytes = Convert.FromHexString(body.Replace(" ", ""));
                var response = new byte[8 + bytes.Length];
                BinaryPrimitives.WriteInt32BigEndian(response, 4 + bytes.Length);
                frame.AsSpan(4, 4).CopyTo(response.AsSpan(4));
                bytes.CopyTo(response, 8);
                await socket.SendAsync(response, cancellation);
            }
        };
        await using var connection = await DialAsync();
        Assert.Equal([ApiVersionsRequest.Versions.Highest, 2], asked);
        Assert.Equal((short)5, connection.BestVersion<MetadataRequest, MetadataResponse>());
    }

    [Fact]
    public async Task A_broker_that_refuses_every_version_of_the_handshake_is_refused_after_two_questions()
    {
        _broker.On<ApiVersionsRequest, ApiVersionsResponse>((_, _) => new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(() => DialAsync());
        Assert.Contains("InvalidRequest", failure.Message);
        Assert.Single(_broker.Received);
    }

    [Fact]
    public async Task Answers_complete_in_the_order_of_the_requests()
    {
        _broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, _) => new FindCoordinatorResponse { Host = request.Key });
        await using var connection = await DialAsync();
        var answers = Enumerable.Range(0, 100).Select(number => AskAsync(connection, $"k{number}").AsTask()).ToArray();
        for (var number = 0; number < answers.Length; number++)
        {
            Assert.Equal($"k{number}", (await answers[number]).Host);
            Assert.All(answers[..number], earlier => Assert.True(earlier.IsCompleted));
        }
        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"k{number}"),
            _broker.Received.Where(received => received.Key == ApiKey.FindCoordinator).Select(received => ((FindCoordinatorRequest)received.Request).Key));
    }

    [Fact]
    public async Task A_large_byte_field_is_sent_from_where_it_lies()
    {
        var records = new byte[3 << 20];
        Random.Shared.NextBytes(records);
        byte[]? arrived = null;
        _broker.On<ProduceRequest, ProduceResponse>((request, _) =>
        {
            arrived = request.TopicData[0].PartitionData[0].Records!.Value.ToArray();
            return new ProduceResponse();
        });
        await using var connection = await DialAsync();
        var request = new ProduceRequest { TopicData = [new() { Name = "t", PartitionData = [new() { Records = records }] }] };
        await connection.SendAsync<ProduceRequest, ProduceResponse>(request, 7, Long);
        Assert.Equal(records, arrived);
    }

    [Fact]
    public async Task A_large_answer_comes_in_memory_that_its_receiver_releases()
    {
        var records = new byte[5 << 20];
        Random.Shared.NextBytes(records);
        _broker.On<FetchRequest, FetchResponse>((_, _) => new FetchResponse { Responses = [new() { Topic = "t", Partitions = [new() { Records = records, AbortedTransactions = null }] }] });
        await using var connection = await DialAsync();
        var (response, frame) = await connection.SendOwnedAsync<FetchRequest, FetchResponse>(new FetchRequest(), 11, Long);
        Assert.True(records.AsSpan().SequenceEqual(response.Responses[0].Partitions[0].Records!.Value.Span));
        frame.Release();
        Assert.Equal(0, frame.Capacity);
    }

    [Fact]
    public async Task A_request_without_an_answer_is_complete_when_it_was_written()
    {
        var arrived = new TaskCompletionSource();
        _broker.OnAsync<ProduceRequest, ProduceResponse>(async (request, _) =>
        {
            arrived.SetResult();
            await Task.Yield();
            return null;
        });
        await using var connection = await DialAsync();
        await connection.SendOneWayAsync<ProduceRequest, ProduceResponse>(new ProduceRequest { Acks = Acks.None }, 7, Long);
        await arrived.Task;
        Assert.False(connection.IsBroken);
    }

    [Fact]
    public async Task A_lost_connection_fails_every_request_in_order_and_says_that_it_was_written()
    {
        var arrived = new TaskCompletionSource();
        _broker.OnAsync<FindCoordinatorRequest, FindCoordinatorResponse>(async (_, _) =>
        {
            arrived.TrySetResult();
            await Task.Yield();
            return null;
        });
        await using var connection = await DialAsync();
        var answers = Enumerable.Range(0, 3).Select(number => AskAsync(connection, $"{number}").AsTask()).ToArray();
        await arrived.Task;
        _broker.CutConnections();
        foreach (var answer in answers) Assert.True((await Assert.ThrowsAsync<BrokerConnectionException>(() => answer)).WasWritten);
        Assert.True(connection.IsBroken);
        Assert.False((await Assert.ThrowsAsync<BrokerConnectionException>(async () => await AskAsync(connection, "late"))).WasWritten);
    }

    [Fact]
    public async Task A_request_whose_time_is_up_closes_the_connection()
    {
        var time = new ManualTime();
        var arrived = new TaskCompletionSource();
        _broker.OnAsync<FindCoordinatorRequest, FindCoordinatorResponse>(async (_, _) =>
        {
            arrived.TrySetResult();
            await Task.Yield();
            return null;
        });
        await using var connection = await DialAsync(_broker.Options with { TimeProvider = time });
        var answer = AskAsync(connection, "k").AsTask();
        await arrived.Task;
        time.Advance(Long - TimeSpan.FromMilliseconds(1));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(() => answer);
        Assert.True(failure.WasWritten);
        Assert.Contains("within 60000 ms", failure.Message);
        Assert.True(connection.IsBroken);
    }

    [Fact]
    public async Task A_connection_that_is_not_used_is_closed()
    {
        var time = new ManualTime();
        _broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, _) => new FindCoordinatorResponse());
        await using var connection = await DialAsync(_broker.Options with { TimeProvider = time, ConnectionMaxIdle = TimeSpan.FromMinutes(9) });
        time.Advance(TimeSpan.FromMinutes(8));
        await AskAsync(connection, "k");
        time.Advance(TimeSpan.FromMinutes(8));
        Assert.False(connection.IsBroken);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(connection.IsBroken);
        Assert.False((await Assert.ThrowsAsync<BrokerConnectionException>(async () => await AskAsync(connection, "late"))).WasWritten);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_leaves_the_connection_in_step()
    {
        var hold = new TaskCompletionSource();
        _broker.OnAsync<FindCoordinatorRequest, FindCoordinatorResponse>(async (request, _) =>
        {
            await hold.Task;
            return new FindCoordinatorResponse { Host = request.Key };
        });
        await using var connection = await DialAsync();
        using var cancellation = new CancellationTokenSource();
        var cancelled = AskAsync(connection, "cancelled", cancellation.Token).AsTask();
        var next = AskAsync(connection, "next").AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        hold.SetResult();
        Assert.Equal("next", (await next).Host);
    }

    [Fact]
    public async Task A_value_that_the_version_cannot_carry_fails_its_caller_and_nobody_else()
    {
        _broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, _) => new FindCoordinatorResponse { Host = request.Key });
        await using var connection = await DialAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.SendAsync<FindCoordinatorRequest, FindCoordinatorResponse>(
            new FindCoordinatorRequest { Key = "k", KeyType = 1 }, 0, Long));
        Assert.Equal("fine", (await AskAsync(connection, "fine")).Host);
    }

    public static TheoryData<string, byte[]> WhatIsNoAnswer => new()
    {
        { "negative size", [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0] },
        { "size of nearly 2 GiB", [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0] },
        { "size too small for a correlation id", [0, 0, 0, 3, 0, 0, 0] },
        { "wrong correlation id", [0, 0, 0, 8, 0x01, 0x02, 0x03, 0x04, 0, 0, 0, 0] },
        { "array that lies", [0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0] },
        { "body that ends early", [0, 0, 0, 5, 0, 0, 0, 1, 0] },
        { "another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(WhatIsNoAnswer))]
    public async Task Bytes_that_are_no_answer_break_the_connection_with_a_reason(string what, byte[] bytes)
    {
        // The handshake had correlation id 0, so the question has 1.
        _broker.Distort = (key, response) => key == ApiKey.ApiVersions ? response : bytes;
        _broker.On<MetadataRequest, MetadataResponse>((_, _) => new MetadataResponse());
        await using var connection = await DialAsync();
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () => await connection.SendAsync<MetadataRequest, MetadataResponse>(new MetadataRequest(), 5, Long));
        Assert.True(connection.IsBroken, what);
        Assert.True(failure.WasWritten);
        // What is text is shown as text.
        Assert.Contains(bytes[0] == 'H' ? "'HTTP/1.1 400 Bad Request'" : Convert.ToHexString(bytes.AsSpan(4, Math.Min(3, bytes.Length - 4))), failure.Message);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_breaks_the_connection()
    {
        _broker.Distort = (_, response) => [.. response, 0, 0, 0, 4, 0, 0, 0, 9];
        await using var connection = await DialAsync();
        var failure = await Assert.ThrowsAsync<BrokerConnectionException>(async () =>
        {
            while (true) await AskAsync(connection, "k");
        });
        Assert.Contains("correlation id 9", failure.Message);
    }
}
