using System.Buffers.Binary;
using System.Globalization;
using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Handlers;

public class ApiVersionsTests : BrokerTest
{
    static ApiVersionsRequest Request(string name = "test", string version = "1.0") => new() { ClientSoftwareName = name, ClientSoftwareVersion = version };

    [Fact]
    public async Task The_response_header_of_a_flexible_version_has_no_tagged_fields()
    {
        var client = await ConnectAsync();
        await client.SendAsync(Request(), ApiKey.ApiVersions, 3);
        var frame = (await client.ReceiveFrameAsync())!;
        Assert.Equal((short)ErrorCode.None, BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(4)));
        Assert.Equal(ServedApis.All.Count + 1, frame[6]);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(-1)]
    public async Task An_unknown_version_is_answered_in_version_0_and_the_connection_stays(short version)
    {
        var client = await ConnectAsync();
        byte[] content = [0, 18, (byte)(version >> 8), (byte)version, 0, 0, 0, 42, 0, 1, (byte)'x', /* no tagged fields */ 0, 0xde, 0xad, 0xbe, 0xef];
        await client.SendFrameAsync(content);
        var (id, response) = await client.ReceiveAsync<ApiVersionsResponse>(ApiKey.ApiVersions, 0);
        Assert.Equal((42, ErrorCode.UnsupportedVersion), (id, response.ErrorCode));
        var range = Assert.Single(response.ApiKeys);
        Assert.Equal((ApiKey.ApiVersions, 0, 5), (range.ApiKey, range.MinVersion, range.MaxVersion));
        Assert.Equal(ErrorCode.None, (await client.AskAsync(Request(), 4)).ErrorCode);
    }

    [Fact]
    public async Task Produce_is_advertised_from_0_on_for_librdkafka_and_the_others_as_they_are_answered()
    {
        var client = await ConnectAsync();
        var told = (await client.AskAsync(Request(), 4)).ApiKeys.ToDictionary(api => (ApiKey)api.ApiKey, api => new VersionRange(api.MinVersion, api.MaxVersion));
        Assert.Equal(new VersionRange(0, 13), told[ApiKey.Produce]);
        Assert.All(ServedApis.All.Where(api => api.Key != ApiKey.Produce), api => Assert.Equal(api.Versions, told[api.Key]));
    }

    /// <summary>As Apache Kafka 4.4.0 tells its own: version 3 has no supported feature that begins at level 0.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Features_are_those_that_the_answered_APIs_make_possible_at_their_highest_level(short version)
    {
        await using var listener = TestDoor.Listen(TimeProvider.System, Lines, new ApiVersionsHandler(
            [new Answers(ApiKey.ConsumerGroupHeartbeat, 1), new Answers(ApiKey.EndTxn, 5)], new BrokerNode(new NodeId(1), "c", "127.0.0.1", 1)));
        await using var client = await FrameClient.ConnectAsync(listener.EndPoint);
        var response = await client.AskAsync(Request(), version);
        Assert.Equal(version == 3 ? [] : [("group.version", 0, 1), ("transaction.version", 0, 2)], response.SupportedFeatures.Select(static feature => (feature.Name, (int)feature.MinVersion, (int)feature.MaxVersion)));
        Assert.Equal([("group.version", 1, 1), ("transaction.version", 2, 2)], response.FinalizedFeatures.Select(static feature => (feature.Name, (int)feature.MinVersionLevel, (int)feature.MaxVersionLevel)));
        Assert.Equal(0, response.FinalizedFeaturesEpoch);
    }

    [Fact]
    public async Task No_feature_is_claimed_whose_APIs_are_not_answered()
    {
        await using var listener = TestDoor.Listen(TimeProvider.System, Lines, new ApiVersionsHandler([new Answers(ApiKey.EndTxn, 4)], new BrokerNode(new NodeId(1), "c", "127.0.0.1", 1)));
        await using var client = await FrameClient.ConnectAsync(listener.EndPoint);
        var response = await client.AskAsync(Request(), 4);
        Assert.Empty(response.SupportedFeatures);
        Assert.Empty(response.FinalizedFeatures);
    }

    sealed class Answers(ApiKey key, short highest) : IHandler
    {
        public ApiKey ApiKey => key;
        public VersionRange Versions => new(0, highest);
        public ValueTask HandleAsync(Exchange exchange) => throw new InvalidOperationException("nobody asks for it here");
    }

    [Theory]
    [InlineData("", "1.0")]
    [InlineData("name with blanks", "1.0")]
    [InlineData("-x", "1.0")]
    [InlineData("name", "1.0.")]
    public async Task A_software_name_of_odd_characters_is_refused_with_an_empty_list(string name, string version)
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(Request(name, version), 3);
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
        Assert.Empty(response.ApiKeys);
    }

    /// <summary>The rows of KIP-1242 as Apache Kafka 4.4.0 answers them; R and W stand for the right id and a wrong one.</summary>
    [Theory]
    [InlineData("", "-1", ErrorCode.None)]
    [InlineData("R", "R", ErrorCode.None)]
    [InlineData("", "R", ErrorCode.InvalidRequest)]
    [InlineData("", "W", ErrorCode.InvalidRequest)]
    [InlineData("R", "-1", ErrorCode.InvalidRequest)]
    [InlineData("W", "-1", ErrorCode.InvalidRequest)]
    [InlineData("W", "R", ErrorCode.RebootstrapRequired)]
    [InlineData("R", "W", ErrorCode.RebootstrapRequired)]
    [InlineData("R", "-2", ErrorCode.RebootstrapRequired)]
    [InlineData("other case", "R", ErrorCode.RebootstrapRequired)]
    [InlineData("empty", "R", ErrorCode.RebootstrapRequired)]
    public async Task The_node_and_the_cluster_that_a_client_means_are_those_of_Metadata(string cluster, string node, ErrorCode expected)
    {
        var client = await ConnectAsync();
        var told = await client.AskAsync(new MetadataRequest { Topics = [] }, 13);
        var request = Request();
        request.ClusterId = cluster switch { "" => null, "R" => told.ClusterId, "empty" => "", "other case" => OtherCase(told.ClusterId!), _ => told.ClusterId + "x" };
        request.NodeId = node switch { "R" => told.Brokers[0].NodeId.Value, "W" => told.Brokers[0].NodeId.Value + 1, _ => int.Parse(node, CultureInfo.InvariantCulture) };
        var response = await client.AskAsync(request, 5);
        Assert.Equal(expected, response.ErrorCode);
        Assert.Equal(expected == ErrorCode.None, response.ApiKeys.Count > 0);
        Assert.Equal(expected == ErrorCode.None ? 0 : -1, response.FinalizedFeaturesEpoch);

        // The check binds nobody: the connection is served, and the next answer may be another one.
        Assert.Equal(ErrorCode.None, (await client.AskAsync(Request(), 5)).ErrorCode);
        Assert.Equal(told.ClusterId, (await client.AskAsync(new MetadataRequest { Topics = [] }, 13)).ClusterId);
    }

    [Fact]
    public async Task Odd_characters_in_the_software_name_are_told_before_wrong_ids()
    {
        var client = await ConnectAsync();
        var request = Request("name with blanks");
        (request.ClusterId, request.NodeId) = ("elsewhere", 77);
        Assert.Equal(ErrorCode.InvalidRequest, (await client.AskAsync(request, 5)).ErrorCode);
    }

    static string OtherCase(string text) => string.Concat(text.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));
}
