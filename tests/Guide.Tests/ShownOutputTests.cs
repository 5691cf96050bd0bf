namespace Semel.Guide.Tests;

public sealed class ShownOutputTests
{
    [Theory]
    [InlineData("a\nb\n", "a\nb\n", true)]
    [InlineData("a\nb", "a\r\nb\r\n", true)]
    [InlineData("a", "a\nb", false)]
    [InlineData("a\nb", "a", false)]
    [InlineData("at … ms", "at 17 ms", true)]
    [InlineData("at … ms", "at 17 s", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a\n…\nz", "a\nz", true)]
    [InlineData("a\n…\nz", "a\nb\nc\nz", true)]
    [InlineData("a\n…\nz", "a\nb\nc", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void What_is_shown_is_what_is_printed_but_for_what_differs_from_run_to_run(string shown, string printed, bool isSo) =>
        Assert.Equal(isSo, ShownOutput.Difference(shown, printed) is null);
}
