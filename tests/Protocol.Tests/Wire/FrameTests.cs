using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class FrameTests
{
    [Fact]
    public void A_request_frame_tells_its_size()
    {
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(ApiKey.ApiVersions, 0, 1, "ab"), new ApiVersionsRequest());
        Assert.Equal("0000000c 0012 0000 00000001 0002 6162", Spaced(writer, 8, 4, 4, 8, 4, 4));
    }

    [Fact]
    public void Frames_follow_each_other_in_one_writer()
    {
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, ApiKey.DeleteRecords, 1, 1, new DeleteRecordsResponse());
        Frame.WriteResponse(writer, ApiKey.DeleteRecords, 2, 2, new DeleteRecordsResponse());
        Assert.Equal("0000000c 00000001 00000000 00000000 0000000b 00000002 00 00000000 01 00", Spaced(writer, 8, 8, 8, 8, 8, 8, 2, 8, 2, 2));
    }

    [Fact]
    public void Records_that_are_only_referred_to_count_in_the_size()
    {
        var records = new byte[20_000];
        records.AsSpan().Fill(7);
        var partition = new ProduceRequest.PartitionProduceData { Records = records };
        var request = new ProduceRequest { TopicData = [new() { Name = "t", PartitionData = [partition] }] };
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(ApiKey.Metadata, 0, 1, null), new MetadataRequest());
        var first = writer.Length;
        Frame.WriteRequest(writer, new RequestHeader(ApiKey.Produce, 9, 2, null), request);

        Assert.False(writer.TryGetSinglePiece(out _));
        var whole = writer.ToArray();
        Assert.Equal(writer.Length, whole.Length);
        var reader = new WireReader(whole.AsMemory(first));
        Assert.Equal(whole.Length - first - Frame.SizeLength, reader.ReadInt32());
        Assert.Equal(2, RequestHeader.Read(ref reader).CorrelationId);
        var read = new ProduceRequest();
        read.Read(ref reader, 9);
        Assert.Equal(records, read.TopicData[0].PartitionData[0].Records!.Value.ToArray());
    }

    /// <summary>The hexadecimal text in groups of the given lengths, the last group to the end.</summary>
    static string Spaced(WireWriter writer, params int[] lengths)
    {
        var hex = MessageBytes.ToHex(writer.ToArray());
        var groups = new List<string>();
        foreach (var length in lengths)
        {
            groups.Add(hex[..length]);
            hex = hex[length..];
        }
        Assert.Equal("", hex);
        return string.Join(' ', groups);
    }
}
