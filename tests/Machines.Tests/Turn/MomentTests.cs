using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Tests.Turn;

/// <summary>How much time has certainly passed between two moments, in hours: never more than both clocks say.</summary>
public class MomentTests
{
    static Moment At(double wall, double steady) => new(new Instant(0) + TimeSpan.FromHours(wall), TimeSpan.FromHours(steady));

    [Theory]
    [InlineData(100, 10, 103, 13, 3, "both clocks agree")]
    [InlineData(100, 10, 128, 13, 3, "the wall clock was set forward by a day")]
    [InlineData(100, 10, 79, 13, 0, "the wall clock was set back by a day")]
    [InlineData(100, 10, 103, 1, 1, "the computer was started again an hour ago")]
    [InlineData(100, 10, 128, 1, 1, "it was, and its wall clock jumped")]
    [InlineData(100, 10, 101, 900, 1, "another computer, which runs for long already")]
    [InlineData(100, 10, 100, 10, 0, "the same moment")]
    public void What_is_certain_is_the_lesser_of_both_clocks(double wall, double steady, double laterWall, double laterSteady, double certain, string why)
    {
        Assert.Equal((TimeSpan.FromHours(certain), why), (At(laterWall, laterSteady).CertainlySince(At(wall, steady)), why));
    }
}
