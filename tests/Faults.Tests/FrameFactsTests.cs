using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Faults.Tests;

public sealed class FrameFactsTests
{
    static byte[] Request(IMessage body, ApiKey key, short version, string? clientId = "client")
    {
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(key, version, 77, clientId), body);
        return writer.ToArray();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(13)]
    public void A_request_tells_its_header(short version)
    {
        var frame = Request(new ProduceRequest(), ApiKey.Produce, version);
        Assert.True(FrameFacts.TryReadRequest(frame, connection: 4, ordinal: 9, out var facts));
        Assert.Equal(new FrameFacts(FrameDirection.Request, ApiKey.Produce, version, 77, "client", 4, 9, frame.Length), facts);
        Assert.Contains($"Produce v{version} request 77 on connection 4", facts.ToString());
    }

    [Fact]
    public void What_has_no_header_is_no_request()
    {
        Assert.False(FrameFacts.TryReadRequest(new byte[] { 0, 0, 0, 0 }, 1, 0, out _));
        Assert.False(FrameFacts.TryReadRequest(new byte[] { 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 1 }, 1, 0, out _));
        Assert.False(FrameFacts.TryReadRequest(new byte[] { 0, 0, 0, 10, 0, 0, 0, 3, 0, 0, 0, 1, 0, 99 }, 1, 0, out _));
    }

    [Theory]
    [InlineData(Acks.None, false)]
    [InlineData(Acks.Leader, true)]
    [InlineData(Acks.All, true)]
    public void Only_a_Produce_without_acknowledgements_is_not_answered(Acks acks, bool expected)
    {
        for (short version = 3; version <= 13; version++)
        {
            Assert.Equal(expected, FrameFacts.IsAnswered(Request(new ProduceRequest { Acks = acks }, ApiKey.Produce, version)));
            Assert.Equal(expected, FrameFacts.IsAnswered(Request(new ProduceRequest { Acks = acks, TransactionalId = new TransactionalId("t") }, ApiKey.Produce, version)));
        }
        Assert.True(FrameFacts.IsAnswered(Request(new MetadataRequest(), ApiKey.Metadata, 9)));
        Assert.True(FrameFacts.IsAnswered(new byte[] { 0, 0, 0, 2, 0, 0 }));
    }
}
