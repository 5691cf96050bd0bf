using System.Text;
using Semel.Cli.Output;

namespace Semel.Cli.Tests.Output;

public sealed class ConfirmationTests
{
    static (CommandException? Refusal, string Asked, string Behind) Ask(string input)
    {
        using var error = new StringWriter();
        using var output = new MemoryStream();
        var terminal = new Terminal { Input = new MemoryStream(Encoding.UTF8.GetBytes(input)), Output = new OutputText(output), Error = error, WorkingDirectory = "/", Environment = new Dictionary<string, string>() };
        var refusal = Record.Exception(() => Confirmation.Require(terminal, "Do it?", "nothing was done")) as CommandException;
        return (refusal, error.ToString(), new StreamReader(terminal.Input).ReadToEnd());
    }

    [Theory]
    [InlineData("yes\n")]
    [InlineData("Y\n")]
    [InlineData(" yes \r\n")]
    [InlineData("y")]
    public void A_yes_lets_it_be_done(string input)
    {
        var (refusal, asked, _) = Ask(input);
        Assert.Null(refusal);
        Assert.Equal("Do it? [yes/no] ", asked);
    }

    [Theory]
    [InlineData("no\n")]
    [InlineData("\n")]
    [InlineData("yes please\n")]
    [InlineData("yesyesyes")]
    public void Everything_else_does_not(string input) => Assert.Equal((ExitCode.Failed, "nothing was done: it was not confirmed."), (Ask(input).Refusal!.ExitCode, Ask(input).Refusal!.Message));

    [Fact]
    public void Where_nobody_can_answer_the_option_is_named()
    {
        var refusal = Ask("").Refusal!;
        Assert.Equal((ExitCode.Usage, "Where nobody can answer, give --yes."), (refusal.ExitCode, refusal.Remedy));
    }

    [Fact]
    public void What_stands_behind_the_answer_is_not_read() => Assert.Equal("more\n", Ask("yes\nmore\n").Behind);
}
