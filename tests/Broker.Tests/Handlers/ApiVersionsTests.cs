using System.Buffers.Binary;
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
        Assert.Equal(ApiTable.All.Count + 1, frame[6]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(-1)]
    public async Task An_unknown_version_is_answered_in_version_0_and_the_connection_stays(short version)
    {
        var client = await ConnectAsync();
        byte[] content = [0, 18, (byte)(version >> 8), (byte)version, 0, 0, 0, 42, 0, 1, (byte)'x', 0xde, 0xad, 0xbe, 0xef];
        await client.SendFrameAsync(content);
        var (id, response) = await client.ReceiveAsync<ApiVersionsResponse>(ApiKey.ApiVersions, 0);
        Assert.Equal((42, ErrorCode.UnsupportedVersion), (id, response.ErrorCode));
        var range = Assert.Single(response.ApiKeys);
        Assert.Equal((ApiKey.ApiVersions, 0, 4), (range.ApiKey, range.MinVersion, range.MaxVersion));
        Assert.Equal(ErrorCode.None, (await client.AskAsync(Request(), 4)).ErrorCode);
    }

    [Fact]
    public async Task Produce_is_advertised_from_0_on_for_librdkafka_and_the_others_as_they_are_answered()
    {
        var client = await ConnectAsync();
        var told = (await client.AskAsync(Request(), 4)).ApiKeys.ToDictionary(api => (ApiKey)api.ApiKey, api => new VersionRange(api.MinVersion, api.MaxVersion));
        Assert.Equal(new VersionRange(0, 13), told[ApiKey.Produce]);
        Assert.All(ApiTable.All.Where(api => api.Key != ApiKey.Produce), api => Assert.Equal(api.Versions, told[api.Key]));
    }

    [Fact]
    public async Task No_feature_is_claimed()
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(Request(), 4);
        Assert.Empty(response.SupportedFeatures);
        Assert.Empty(response.FinalizedFeatures);
        Assert.Equal(0, response.FinalizedFeaturesEpoch);
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
}
