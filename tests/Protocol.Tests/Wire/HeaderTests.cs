using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class HeaderTests
{
    [Fact]
    public void A_request_header_of_a_non_flexible_version_ends_with_the_client_id()
    {
        var header = new RequestHeader(ApiKey.Produce, 8, 5, "abc");
        Assert.Equal("0000 0008 00000005 0003 616263".Replace(" ", "", StringComparison.Ordinal), Hex(header.Write));
        Assert.Equal((header, 3), Read("0000 0008 00000005 0003 616263 ffffff"));
    }

    /// <summary>W4 of the wire specification: the client id is not compact in a flexible header.</summary>
    [Fact]
    public void A_request_header_of_a_flexible_version_keeps_the_two_byte_length_of_the_client_id()
    {
        var header = new RequestHeader(ApiKey.Produce, 9, 5, "abc");
        Assert.Equal("0000 0009 00000005 0003 616263 00".Replace(" ", "", StringComparison.Ordinal), Hex(header.Write));
        Assert.Equal((header, 3), Read("0000 0009 00000005 0003 616263 00 ffffff"));
    }

    [Fact]
    public void A_client_id_may_be_null_or_empty()
    {
        Assert.Equal((new RequestHeader(ApiKey.Metadata, 9, 1, null), 0), Read("0003 0009 00000001 ffff 00"));
        Assert.Equal((new RequestHeader(ApiKey.Metadata, 9, 1, ""), 0), Read("0003 0009 00000001 0000 00"));
    }

    [Fact]
    public void Tagged_fields_of_a_request_header_are_passed_over() =>
        Assert.Equal((new RequestHeader(ApiKey.Metadata, 9, 1, "a"), 1), Read("0003 0009 00000001 0001 61 02 00 02 0000 63 01 ff aa"));

    [Fact]
    public void The_header_of_an_unknown_api_is_read_up_to_the_client_id() =>
        Assert.Equal((new RequestHeader((ApiKey)999, 3, 1, "a"), 2), Read("03e7 0003 00000001 0001 61 aaaa"));

    [Fact]
    public void The_header_of_a_version_that_is_too_new_is_read_as_flexible() =>
        Assert.Equal((new RequestHeader(ApiKey.ApiVersions, 7, 1, "a"), 2), Read("0012 0007 00000001 0001 61 00 aaaa"));

    [Theory]
    [InlineData("")]
    [InlineData("0003 0009 0000")]
    [InlineData("0003 0009 00000001 0005 61")]
    [InlineData("0003 0009 00000001 0001 61")]
    [InlineData("0003 0009 00000001 0001 61 01 00 05 00")]
    public void A_request_header_that_is_cut_off_is_malformed(string hex) => Assert.Throws<WireFormatException>(() => Read(hex));

    /// <summary>W1 of the wire specification: the error code stands right behind the correlation id.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_answer_to_ApiVersions_has_no_tagged_fields_in_its_header(short version)
    {
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, ApiKey.ApiVersions, version, 77, new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion });
        Assert.Equal("0000004d0023", MessageBytes.ToHex(writer.ToArray())[8..20]);
    }

    [Theory]
    [InlineData(ApiKey.Produce, 8, 1, 0)]
    [InlineData(ApiKey.Produce, 9, 2, 1)]
    [InlineData(ApiKey.DescribeCluster, 0, 2, 1)]
    [InlineData(ApiKey.ApiVersions, 2, 1, 0)]
    [InlineData(ApiKey.ApiVersions, 3, 2, 0)]
    public void The_header_versions_follow_from_key_and_version(ApiKey key, short version, short request, short response)
    {
        var api = ApiTable.Find(key)!;
        Assert.Equal((request, response), (api.RequestHeaderVersion(version), api.ResponseHeaderVersion(version)));
    }

    [Theory]
    [InlineData(ApiKey.Fetch, 11, "0000002a", 2)]
    [InlineData(ApiKey.Fetch, 12, "0000002a 00", 2)]
    [InlineData(ApiKey.Fetch, 12, "0000002a 01 07 01 ff", 2)]
    [InlineData(ApiKey.ApiVersions, 4, "0000002a", 2)]
    public void A_response_header_is_read_by_what_was_asked(ApiKey key, short version, string hex, int left)
    {
        var reader = new WireReader(MessageBytes.FromHex(hex + "0000"));
        Assert.Equal(42, ResponseHeader.Read(ref reader, key, version).CorrelationId);
        Assert.Equal(left, reader.Remaining);
    }

    static (RequestHeader Header, int Left) Read(string hex)
    {
        var reader = new WireReader(MessageBytes.FromHex(hex));
        return (RequestHeader.Read(ref reader), reader.Remaining);
    }

    static string Hex(Action<WireWriter> write)
    {
        using var writer = new WireWriter();
        write(writer);
        return MessageBytes.ToHex(writer.ToArray());
    }
}
