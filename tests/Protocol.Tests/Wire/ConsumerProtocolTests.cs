using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class ConsumerProtocolTests
{
    [Fact]
    public void A_subscription_is_written_and_read_in_each_version()
    {
        for (var version = ConsumerProtocolSubscription.Versions.Lowest; version <= ConsumerProtocolSubscription.Versions.Highest; version++)
        {
            var bytes = VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = ["a", "b"], GenerationId = 7, RackId = "r" }, version);
            Assert.True(ConsumerProtocol.TryReadSubscription(bytes, out var read, out var told));
            Assert.Equal((version, 7, "r"), (told, version < 2 ? 7 : read.GenerationId, version < 3 ? "r" : read.RackId));
            Assert.Equal(["a", "b"], read.Topics);
        }
    }

    [Fact]
    public void A_version_that_is_not_known_yet_is_read_as_the_newest_that_is()
    {
        var bytes = MessageBytes.FromHex("0009" + "00000001 000161" + "ffffffff" + "00000000" + "00000005" + "ffff" + "cafe");
        Assert.True(ConsumerProtocol.TryReadSubscription(bytes, out var read, out var version));
        Assert.Equal((9, 5, null), (version, read.GenerationId, read.RackId));
        Assert.Equal(["a"], read.Topics);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("ffff 00000000 ffffffff")]
    [InlineData("0000 00000001 0001")]
    [InlineData("0000 00000001 0001ff ffffffff")]
    [InlineData("0000 7fffffff 000161 ffffffff")]
    [InlineData("0000 ffffffff ffffffff")]
    [InlineData("0001 00000001 000161 ffffffff")]
    public void Bytes_that_are_no_subscription_are_told_and_throw_nothing(string hex)
    {
        Assert.False(ConsumerProtocol.TryReadSubscription(MessageBytes.FromHex(hex), out var read, out _));
        Assert.Empty(read.Topics);
    }

    [Fact]
    public void An_assignment_is_read_or_told_to_be_none()
    {
        var bytes = VersionedData.ToBytes(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = "a", Partitions = [0, 2] }] }, 1);
        Assert.True(ConsumerProtocol.TryReadAssignment(bytes, out var read, out var version));
        Assert.Equal((1, "a"), (version, read.AssignedPartitions[0].Topic));
        Assert.Equal([0, 2], read.AssignedPartitions[0].Partitions);
        Assert.False(ConsumerProtocol.TryReadAssignment(ReadOnlyMemory<byte>.Empty, out _, out _));
    }
}
