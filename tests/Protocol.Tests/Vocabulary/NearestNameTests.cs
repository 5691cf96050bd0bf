namespace Semel.Protocol.Tests.Vocabulary;

public sealed class NearestNameTests
{
    static readonly string[] Known = ["log.dirs", "log.segment.bytes", "num.partitions", "listeners"];

    [Theory]
    [InlineData("log.dir", "log.dirs")]
    [InlineData("LOG_SEGMENT_BYTES", "log.segment.bytes")]
    [InlineData("num-partition", "num.partitions")]
    [InlineData("lisetners", "listeners")]
    [InlineData("log.seg", "log.segment.bytes")]
    public void A_slip_of_the_fingers_finds_its_name(string typed, string expected) => Assert.Equal(expected, NearestName.Find(typed, Known));

    [Theory]
    [InlineData("zookeeper.connect")]
    [InlineData("x")]
    public void What_resembles_nothing_finds_nothing(string typed) => Assert.Null(NearestName.Find(typed, Known));
}
