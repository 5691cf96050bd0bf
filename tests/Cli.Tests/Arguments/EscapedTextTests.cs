using Semel.Cli.Arguments;

namespace Semel.Cli.Tests.Arguments;

public sealed class EscapedTextTests
{
    [Theory]
    [InlineData(",", new byte[] { 44 })]
    [InlineData("\\t", new byte[] { 9 })]
    [InlineData("\\r\\n", new byte[] { 13, 10 })]
    [InlineData("\\0\\xFf\\\\", new byte[] { 0, 255, 92 })]
    [InlineData("é", new byte[] { 0xC3, 0xA9 })]
    [InlineData("😀", new byte[] { 0xF0, 0x9F, 0x98, 0x80 })]
    public void A_backslash_names_a_byte_and_everything_else_is_itself(string text, byte[] expected) => Assert.Equal(expected, EscapedText.Bytes(text, "-D"));

    [Theory]
    [InlineData("\\q")]
    [InlineData("\\")]
    [InlineData("\\x4")]
    [InlineData("\\xzz")]
    public void Any_other_backslash_is_refused(string text) => Assert.Contains("-D", Assert.Throws<CommandException>(() => EscapedText.Bytes(text, "-D")).Message);
}
