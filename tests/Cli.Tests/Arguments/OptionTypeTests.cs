using Semel.Cli.Arguments;
using Semel.Cli.Commands;

namespace Semel.Cli.Tests.Arguments;

/// <summary>A value that cannot be is refused before anything is done: no broker is there, and that is not what is said.</summary>
public sealed class OptionTypeTests
{
    /// <summary>
    /// A text that no value of any type is: not a number, a time, a word of a list, a pair, a position, an address, or text with backslashes.
    /// </summary>
    const string Nonsense = "\\q:x y";

    /// <summary>Options whose text is a name, a path, or the value of a setting, which the table of settings checks when the client is built.</summary>
    static readonly string[] FreeText =
    [
        "--topic", "--client-config", "--config", "--data-dir", "--files", "--file", "--key", "--reader-config", "--formatter-config", "--key-deserializer", "--value-deserializer",
        "--socket-buffer-size", "--group", "--from-file", "--transactional-id", "--transactional-id-pattern",
    ];

    public static TheoryData<string, string> Typed()
    {
        var typed = new TheoryData<string, string>();
        foreach (var syntax in CommandTable.All.Select(command => command.Syntax))
            foreach (var option in syntax.Options.Where(option => option.TakesValue && option.Refusal is null && option.GetType() != typeof(Option)))
                typed.Add(syntax.Name, option.Name);
        return typed;
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public async Task A_value_of_another_type_ends_the_command_before_it_begins(string command, string option)
    {
        // The one typed option that takes nearly any text: a header may have any name, but not none.
        var value = option == "--header" ? "=x" : Nonsense;
        var syntax = CommandTable.Find(command)!.Syntax;
        var required = syntax.Options.Where(one => one.Required && one.Name != option).SelectMany(one => (string[])[one.Name, one.GetType() == typeof(Option) ? "x" : "0"]);
        var result = await RunResult.OfAsync([.. command.Split(' '), .. required, $"{option}={value}"]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(option, result.Error);
    }

    [Fact]
    public void Every_option_with_a_value_is_typed_or_is_free_text_on_purpose()
    {
        var untyped = CommandTable.All.SelectMany(command => command.Syntax.Options).Where(option => option.TakesValue && option.Refusal is null && option.GetType() == typeof(Option));
        Assert.Equal(FreeText.Order(), untyped.Select(option => option.Name).Distinct().Order());
    }

    [Theory]
    [InlineData("produce", "-t", "x", "--count", "abc")]
    [InlineData("produce", "-t", "x", "--delimiter", "")]
    [InlineData("produce", "-t", "x", "--acks", "some")]
    [InlineData("produce", "-t", "x", "--linger", "soon")]
    [InlineData("consume", "-t", "x", "--timeout-ms", "soon")]
    [InlineData("consume", "-t", "x", "-f", "%y")]
    [InlineData("topics", "create", "x", "--partitions", "many")]
    [InlineData("topics", "list", "-X", "request.timeout.ms=soon")]
    public async Task Without_a_broker_a_value_that_cannot_be_is_what_is_told(params string[] arguments) =>
        Assert.Equal(ExitCode.Usage, (await RunResult.OfAsync([.. arguments, "-b", "127.0.0.1:1"])).ExitCode);
}
