using Semel.Cli.Consume;

namespace Semel.Cli.Tests.Consume;

public sealed class StartPositionTests
{
    [Theory]
    [InlineData("beginning", StartKind.Beginning, 0)]
    [InlineData("earliest", StartKind.Beginning, 0)]
    [InlineData("end", StartKind.End, 0)]
    [InlineData("latest", StartKind.End, 0)]
    [InlineData("0", StartKind.Offset, 0)]
    [InlineData("123456789012", StartKind.Offset, 123456789012)]
    [InlineData("-5", StartKind.BeforeEnd, 5)]
    [InlineData("-0", StartKind.BeforeEnd, 0)]
    [InlineData("@1700000000000", StartKind.Timestamp, 1700000000000)]
    [InlineData("s@1700000000000", StartKind.Timestamp, 1700000000000)]
    [InlineData("@2023-11-14T22:13:20Z", StartKind.Timestamp, 1700000000000)]
    [InlineData("2023-11-14T23:13:20+01:00", StartKind.Timestamp, 1700000000000)]
    [InlineData("2023-11-14", StartKind.Timestamp, 1699920000000)]
    public void Words_numbers_and_times_are_understood(string text, StartKind kind, long number) => Assert.Equal(new StartPosition(kind, number), StartPosition.Parse(text, "--offset"));

    [Theory]
    [InlineData("@1969-12-31T23:59:59Z")]
    [InlineData("@0001-01-01T00:00:00Z")]
    [InlineData("1969-12-31")]
    [InlineData("@-5")]
    [InlineData("s@-1")]
    public void A_time_before_all_records_is_the_beginning(string text) => Assert.Equal(new StartPosition(StartKind.Beginning), StartPosition.Parse(text, "--offset"));

    [Fact]
    public void The_first_moment_of_1970_is_a_time() => Assert.Equal(new StartPosition(StartKind.Timestamp), StartPosition.Parse("@1970-01-01", "--offset"));

    [Theory]
    [InlineData("")]
    [InlineData("begining")]
    [InlineData("@tomorrow")]
    [InlineData("1.5")]
    [InlineData("2023-99-99")]
    public void Anything_else_is_refused(string text) => Assert.Contains("--offset is", Assert.Throws<CommandException>(() => StartPosition.Parse(text, "--offset")).Message);

    [Fact]
    public void Stored_offsets_are_those_of_a_group() => Assert.Equal(new StartPosition(StartKind.Stored), StartPosition.Parse("stored", "--offset"));

    [Fact]
    public void A_misspelled_word_finds_the_right_one() => Assert.Equal("Did you mean beginning?", Assert.Throws<CommandException>(() => StartPosition.Parse("begining", "--offset")).Remedy);
}

public sealed class PartitionSelectionTests
{
    [Theory]
    [InlineData("3", new[] { 3 })]
    [InlineData("2,0,2", new[] { 0, 2 })]
    [InlineData("0,5-7", new[] { 0, 5, 6, 7 })]
    public void Numbers_and_ranges_are_sorted_and_kept_once(string text, int[] expected) => Assert.Equal(expected, PartitionSelection.Parse([text], "-p").Numbers);

    [Theory]
    [InlineData("all")]
    [InlineData("-1")]
    public void All_is_all(string text) => Assert.Null(PartitionSelection.Parse([text], "-p").Numbers);

    [Fact]
    public void Without_a_text_it_is_all() => Assert.Null(PartitionSelection.Parse([], "-p").Numbers);

    [Theory]
    [InlineData("x")]
    [InlineData("5-3")]
    [InlineData("1,")]
    [InlineData("-2")]
    [InlineData("0-999999999")]
    public void Anything_else_is_refused(string text) => Assert.Contains("-p is", Assert.Throws<CommandException>(() => PartitionSelection.Parse([text], "-p")).Message);
}
