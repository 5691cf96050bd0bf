using Semel.Cli.Groups;
using Semel.Protocol;

namespace Semel.Cli.Tests.Groups;

public sealed class ResetRuleTests
{
    static readonly TopicPartition Partition = new("orders", 0);

    static (long? Offset, string? Remark) Decide(ResetTarget target, long? committed, long? atTime = null) => ResetRule.Decide(target, new ResetFacts(Partition, committed, Start: 10, End: 20, atTime));

    [Fact]
    public void The_beginning_and_the_end_are_those_of_the_partition()
    {
        Assert.Equal((10L, null), Decide(new(ResetKind.Earliest), 15));
        Assert.Equal((20L, null), Decide(new(ResetKind.Latest), 15));
    }

    [Theory]
    [InlineData(15, 15, null)]
    [InlineData(10, 10, null)]
    [InlineData(20, 20, null)]
    [InlineData(9, 10, "orders-0: 9 is before its first record: set to 10")]
    [InlineData(21, 20, "orders-0: 21 is behind its end: set to 20")]
    public void An_offset_is_kept_within_the_partition(long wanted, long given, string? remark) => Assert.Equal((given, remark), Decide(new(ResetKind.Offset, wanted), null));

    [Theory]
    [InlineData(3, 18)]
    [InlineData(-3, 12)]
    [InlineData(0, 15)]
    [InlineData(-100, 10)]
    [InlineData(long.MaxValue, 20)]
    public void A_shift_goes_from_the_offset_that_the_group_has(long by, long given) => Assert.Equal(given, Decide(new(ResetKind.Shift, by), 15).Offset);

    [Fact]
    public void What_has_no_offset_cannot_be_shifted() => Assert.Equal((null, "orders-0 has no offset that could be shifted"), Decide(new(ResetKind.Shift, 1), null));

    [Fact]
    public void The_present_offset_stays_and_where_there_is_none_it_is_the_end()
    {
        Assert.Equal((15L, null), Decide(new(ResetKind.Current), 15));
        Assert.Equal((20L, "orders-0 has no offset: set to its end, 20"), Decide(new(ResetKind.Current), null));
    }

    [Fact]
    public void A_time_is_its_first_record_and_behind_all_of_them_the_end()
    {
        Assert.Equal((12L, null), Decide(new(ResetKind.Time, 1), 15, atTime: 12));
        Assert.Equal((20L, "orders-0 has no record of that time or later: set to its end, 20"), Decide(new(ResetKind.Time, 1), 15));
    }

    [Theory]
    [InlineData("P7D", 7 * 86_400)]
    [InlineData("PT12H30M", 12 * 3_600 + 30 * 60)]
    [InlineData("P1DT1S", 86_401)]
    [InlineData("PT0.5S", 0.5)]
    [InlineData("PT90M", 5_400)]
    public void A_duration_is_read(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), ResetTarget.ReadDuration("--by-duration", text));

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("7D")]
    [InlineData("P7")]
    [InlineData("P7H")]
    [InlineData("PT7D")]
    [InlineData("PT1S1H")]
    [InlineData("PT1H1H")]
    [InlineData("P-1D")]
    [InlineData("P1DT")]
    [InlineData("P1Y")]
    [InlineData("PT..S")]
    public void What_is_no_duration_is_refused(string text) => Assert.Contains("must be a duration such as P7D", Assert.Throws<CommandException>(() => ResetTarget.ReadDuration("--by-duration", text)).Message);

    [Fact]
    public void A_time_without_a_zone_is_one_of_UTC()
    {
        Assert.Equal(1_769_860_800_500, ResetTarget.ReadTime("--to-datetime", "2026-01-31T12:00:00.500").ToUnixTimeMilliseconds());
        Assert.Equal(1_769_857_200_000, ResetTarget.ReadTime("--to-datetime", "2026-01-31T12:00:00+01:00").ToUnixTimeMilliseconds());
        Assert.Throws<CommandException>(() => ResetTarget.ReadTime("--to-datetime", "1969-01-01T00:00:00"));
        Assert.Throws<CommandException>(() => ResetTarget.ReadTime("--to-datetime", "noon"));
    }
}
