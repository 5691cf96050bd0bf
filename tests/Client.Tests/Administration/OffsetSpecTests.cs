namespace Semel.Client.Tests.Administration;

public class OffsetSpecTests
{
    [Fact]
    public void The_first_moment_of_1970_is_a_time() => Assert.Equal(new OffsetSpec(0), OffsetSpec.At(DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(-62_135_596_800_000)]
    public void A_time_before_1970_is_refused_and_never_one_of_the_named_places(long milliseconds) =>
        Assert.Contains("OffsetSpec.Earliest", Assert.Throws<ArgumentException>(() => OffsetSpec.At(new Timestamp(milliseconds))).Message);
}
