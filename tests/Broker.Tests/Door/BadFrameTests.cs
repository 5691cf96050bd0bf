using System.Buffers.Binary;
using System.Text;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Door;

/// <summary>What is no request closes its connection, with one line that says why, and changes nothing; the others go on.</summary>
public class BadFrameTests : BrokerTest
{
    protected override BrokerOptions Options => new() { MaxRequestBytes = 1 << 20 };

    async Task AssertClosedAsync(byte[] sent, string expectedReason)
    {
        await Broker.CreateTopicAsync("t");
        var good = await ConnectAsync();
        await AssertServesAsync(good, "t");
        var names = Broker.Store.Names;
        var bad = await ConnectAsync();
        await bad.SendAsync(sent);
        Assert.True(await bad.IsClosedAsync());
        Assert.Contains(expectedReason, await Lines.WaitForAsync(302));
        await AssertServesAsync(good, "t");
        Assert.Equal(names, Broker.Store.Names);
    }

    static byte[] Size(int size) => Frame(size, []);

    static byte[] Frame(int size, byte[] content)
    {
        var frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, size);
        content.CopyTo(frame, 4);
        return frame;
    }

    static byte[] Whole(params byte[] content) => Frame(content.Length, content);

    [Fact] public Task A_frame_of_no_bytes() => AssertClosedAsync(Size(0), "a frame of 0 bytes");
    [Fact] public Task A_negative_frame() => AssertClosedAsync(Size(-1), "a frame of -1 bytes");
    [Fact] public Task The_least_frame() => AssertClosedAsync(Size(int.MinValue), "bytes");
    [Fact] public Task A_frame_above_the_limit() => AssertClosedAsync(Size((1 << 20) + 1), "socket.request.max.bytes");
    [Fact] public Task The_largest_frame() => AssertClosedAsync(Size(int.MaxValue), "socket.request.max.bytes");
    [Fact] public Task A_tls_hello() => AssertClosedAsync([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03], "TLS");
    [Fact] public Task An_http_request() => AssertClosedAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), "HTTP");
    [Fact] public Task An_ssh_greeting() => AssertClosedAsync("SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), "SSH");
    [Fact] public Task A_frame_shorter_than_a_header() => AssertClosedAsync(Whole(0, 3, 0), "shorter");

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(9999)]
    [InlineData(short.MaxValue)]
    [InlineData(short.MinValue)]
    public Task An_api_that_is_not_answered(short key) => AssertClosedAsync(Whole([(byte)(key >> 8), (byte)key, 0, 0, 0, 0, 0, 1, 255, 255]), $"the API {key}");

    [Theory]
    [InlineData(ApiKey.Produce, 2)]
    [InlineData(ApiKey.Produce, 14)]
    [InlineData(ApiKey.Fetch, 3)]
    [InlineData(ApiKey.Metadata, -1)]
    [InlineData(ApiKey.InitProducerId, 6)]
    public Task A_version_that_is_not_answered(ApiKey key, short version) =>
        AssertClosedAsync(Whole([0, (byte)key, (byte)(version >> 8), (byte)version, 0, 0, 0, 1, 255, 255]), $"{key} in version {version}");

    [Fact] public Task A_client_id_longer_than_its_frame() => AssertClosedAsync(Whole(0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff), "cannot be decoded");
    [Fact] public Task A_client_id_that_is_not_utf8() => AssertClosedAsync(Whole(0, 3, 0, 1, 0, 0, 0, 1, 0, 2, 0xff, 0xfe, 255, 255, 255, 255), "UTF-8");
    [Fact] public Task An_array_of_more_elements_than_bytes() => AssertClosedAsync(Whole(0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0x7f, 0xff, 0xff, 0xff), "cannot be decoded");
    [Fact] public Task A_null_where_a_string_must_be() => AssertClosedAsync(Whole(0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0, 0, 0, 1, 255, 255), "null");
    [Fact] public Task A_varint_without_end() => AssertClosedAsync(Whole(0, 3, 0, 9, 0, 0, 0, 1, 255, 255, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80), "varint");
    [Fact] public Task A_tagged_field_longer_than_its_frame() => AssertClosedAsync(Whole(0, 3, 0, 9, 0, 0, 0, 1, 255, 255, 1, 0, 100), "cannot be decoded");

    /// <summary>Also of a version of ApiVersions that is too high, which is answered otherwise.</summary>
    [Theory]
    [InlineData(ApiKey.Metadata, 9)]
    [InlineData(ApiKey.ApiVersions, 99)]
    public Task A_header_of_more_than_ten_thousand_tagged_fields(ApiKey key, byte version) =>
        AssertClosedAsync(Whole([0, (byte)key, 0, version, 0, 0, 0, 1, 255, 255, 0x91, 0x4e, .. new byte[20_002]]), "tagged fields");

    [Fact]
    public async Task A_frame_whose_end_never_comes_because_the_peer_closes()
    {
        var bad = await ConnectAsync();
        await bad.SendAsync(Frame(100, [0, 3, 0, 1]));
        bad.EndSending();
        Assert.True(await bad.IsClosedAsync());
        Assert.Contains("after 4 of 100 bytes", await Lines.WaitForAsync(302));
    }

    [Fact]
    public async Task A_size_whose_end_never_comes_because_the_peer_closes()
    {
        var bad = await ConnectAsync();
        await bad.SendAsync(new byte[] { 0, 0 });
        bad.EndSending();
        Assert.True(await bad.IsClosedAsync());
        Assert.Contains("inside a frame's size", await Lines.WaitForAsync(302));
    }

    [Fact]
    public async Task Unknown_tagged_fields_are_passed_over_wherever_they_stand()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        // Metadata 9: header with the unknown tag 99, one topic "t" with the unknown tag 99, then three flags and the unknown tag 7.
        await client.SendFrameAsync([0, 3, 0, 9, 0, 0, 0, 5, 255, 255, 1, 99, 2, 1, 2, /* topics */ 2, 2, (byte)'t', 1, 99, 1, 0, /* flags */ 0, 0, 0, 1, 7, 3, 1, 2, 3]);
        var (id, response) = await client.ReceiveAsync<MetadataResponse>(ApiKey.Metadata, 9);
        Assert.Equal((5, ErrorCode.None), (id, Assert.Single(response.Topics).ErrorCode));
    }

    [Fact]
    public async Task Bytes_behind_a_request_are_not_the_next_request()
    {
        var client = await ConnectAsync();
        var request = client.FrameOf(new MetadataRequest { Topics = [] }, ApiKey.Metadata, 1, 1);
        byte[] longer = [.. request, 0, 3, 0, 1];
        BinaryPrimitives.WriteInt32BigEndian(longer, longer.Length - 4);
        await client.SendAsync(longer);
        await client.ReceiveAsync<MetadataResponse>(ApiKey.Metadata, 1);
        await client.AskAsync(new MetadataRequest { Topics = [] }, 1);
    }

    [Fact]
    public async Task What_was_sent_before_something_bad_is_answered_first()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        byte[] both = [.. client.FrameOf(Requests.Produce("t", 0, TestBatch.Plain("a")), ApiKey.Produce, Requests.ProduceVersion, 7), .. Size(-5)];
        await client.SendAsync(both);
        var (id, response) = await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, Requests.ProduceVersion);
        Assert.Equal((7, ErrorCode.None), (id, response.Responses[0].PartitionResponses[0].ErrorCode));
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_bytes_close_their_connections_and_nothing_else(int seed)
    {
        await Broker.CreateTopicAsync("t");
        var good = await ConnectAsync();
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            // Half of them are right up to the header, so that the bodies are read as well.
            if (i % 2 == 0) bytes = Whole([0, (byte)random.Next(0, 62), 0, (byte)random.Next(0, 14), 0, 0, 0, 1, 255, 255, .. bytes]);
            await using var bad = await FrameClient.ConnectAsync(Broker.Broker.EndPoint);
            await bad.SendAsync(bytes);
            bad.EndSending();
            while (await bad.ReceiveFrameAsync() is not null) { }
            if (i % 10 == 0) await AssertServesAsync(good, "t");
        }
        Assert.DoesNotContain(Lines.All, line => line.Id == 303);
    }

    /// <summary>Every request of ours, with each of its bytes wrong once.</summary>
    [Fact]
    public async Task A_request_with_one_wrong_byte_is_answered_or_closes_its_connection()
    {
        await Broker.CreateTopicAsync("t");
        var good = await ConnectAsync();
        foreach (var (key, version, request) in Samples())
        {
            var frame = good.FrameOf(request, key, version, 1);
            for (var at = 4; at < frame.Length; at++)
            {
                var bent = (byte[])frame.Clone();
                bent[at] ^= (byte)(0x80 | at);
                await using var bad = await FrameClient.ConnectAsync(Broker.Broker.EndPoint);
                await bad.SendAsync(bent);
                bad.EndSending();
                while (await bad.ReceiveFrameAsync() is not null) { }
            }
            await AssertServesAsync(good, "t");
        }
        Assert.DoesNotContain(Lines.All, line => line.Id is 303 or 405);
    }

    static IEnumerable<(ApiKey, short, IMessage)> Samples()
    {
        yield return (ApiKey.Produce, 9, Requests.Produce("t", 0, TestBatch.Of(new ProducerId(5), 0, 0, "a"), Acks.All));
        yield return (ApiKey.Fetch, 12, Requests.Fetch("t", 0, 0));
        yield return (ApiKey.ListOffsets, 7, new ListOffsetsRequest { ReplicaId = NodeId.None, Topics = [new() { Name = "t", Partitions = [new() { Timestamp = 0 }] }] });
        yield return (ApiKey.Metadata, 12, new MetadataRequest { Topics = [new() { Name = "t" }], AllowAutoTopicCreation = false });
        yield return (ApiKey.InitProducerId, 4, new InitProducerIdRequest { TransactionalId = null });
        yield return (ApiKey.ApiVersions, 3, new ApiVersionsRequest { ClientSoftwareName = "n", ClientSoftwareVersion = "1" });
        yield return (ApiKey.DescribeConfigs, 4, new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "t", ConfigurationKeys = ["a"] }] });
        yield return (ApiKey.DescribeProducers, 0, new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0] }] });
    }
}
