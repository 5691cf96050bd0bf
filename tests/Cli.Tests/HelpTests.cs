using System.Text.RegularExpressions;
using Semel.Cli.Commands;

namespace Semel.Cli.Tests;

public sealed partial class HelpTests
{
    [GeneratedRegex("^  ([a-z]+( [a-z-]+)?)  +", RegexOptions.Multiline)]
    private static partial Regex CommandLines { get; }

    [Fact]
    public async Task The_overview_lists_exactly_the_commands_that_exist()
    {
        var overview = await RunResult.OfAsync("help");
        Assert.Equal(ExitCode.Success, overview.ExitCode);
        var commands = overview.Output[overview.Output.IndexOf("Commands:", StringComparison.Ordinal)..overview.Output.IndexOf("Begin with:", StringComparison.Ordinal)];
        Assert.Equal(CommandTable.All.Select(command => command.Syntax.Name), CommandLines.Matches(commands).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task Each_command_explains_every_option_it_accepts()
    {
        foreach (var command in CommandTable.All)
        {
            var help = await RunResult.OfAsync(["help", .. command.Syntax.Name.Split(' ')]);
            Assert.Equal(ExitCode.Success, help.ExitCode);
            var asOption = await RunResult.OfAsync([.. command.Syntax.Name.Split(' '), "--help"]);
            Assert.Equal(help, asOption);
            foreach (var option in command.Syntax.Options.Where(option => !option.Hidden && option.Refusal is null))
                Assert.All(option.Spellings, spelling => Assert.Contains(spelling, help.Output));
        }
    }

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-zA-Z0-9.-]*")]
    private static partial Regex LongOptions { get; }

    [GeneratedRegex(@"^  (-[^ ,]+(?:, -[^ ,]+)*)(?: ([^ ]+))?(?:  .*)?$")]
    private static partial Regex OptionHeadings { get; }

    [GeneratedRegex(@"\[also ([^\]]+)\]")]
    private static partial Regex OtherSpellings { get; }

    /// <summary>Read from the text alone, as a user reads it: what it promises is tried on the parser.</summary>
    [Fact]
    public async Task What_the_help_text_shows_is_exactly_what_the_parser_takes()
    {
        foreach (var syntax in CommandTable.All.Select(command => command.Syntax))
        {
            var text = (await RunResult.OfAsync(["help", .. syntax.Name.Split(' ')])).Output;
            var shown = new List<string>();
            foreach (var (spellings, value) in ShownOptions(text))
            {
                foreach (var spelling in spellings)
                {
                    var parsed = Semel.Cli.Arguments.ArgumentParser.Parse(syntax with { Options = [.. syntax.Options.Select(Untyped)], Operands = syntax.Operands with { AtLeast = 0 } }, value is null ? [spelling] : [spelling, "value"]);
                    Assert.Empty(parsed.Operands);
                }
                shown.AddRange(spellings);
            }
            Assert.Equal(syntax.Options.Where(option => !option.Hidden && option.Refusal is null).SelectMany(option => option.Spellings).Order(), shown.Order());
        }
    }

    /// <summary>Which spellings there are is the question, not which values.</summary>
    static Semel.Cli.Arguments.Option Untyped(Semel.Cli.Arguments.Option option) => new(option.Name, option.Value, option.Help) { Aliases = option.Aliases };

    static IEnumerable<(List<string> Spellings, string? Value)> ShownOptions(string text)
    {
        List<string>? heading = null;
        string? value = null;
        var explanation = "";
        foreach (var line in text.Split('\n').Append("end"))
        {
            var match = OptionHeadings.Match(line);
            if (!match.Success && line.StartsWith("   ")) explanation += " " + line.Trim();
            if (!match.Success && line.StartsWith("   ")) continue;
            if (heading is not null) yield return ([.. heading, .. OtherSpellings.Match(explanation) is { Success: true } also ? also.Groups[1].Value.Split(", ") : []], value);
            heading = match.Success ? [.. match.Groups[1].Value.Split(", ")] : null;
            value = match.Groups[2].Success ? match.Groups[2].Value : null;
            explanation = line;
        }
    }

    [Fact]
    public async Task Every_option_that_a_help_text_speaks_of_exists()
    {
        var known = CommandTable.All.SelectMany(command => command.Syntax.Options).SelectMany(option => option.Spellings)
            .Concat(CommandTable.All.Select(command => "--" + command.Syntax.Name.Split(' ')[^1])).Append("--help").ToHashSet();
        foreach (var name in CommandTable.All.Select(command => command.Syntax.Name).Append(""))
            Assert.All(LongOptions.Matches((await RunResult.OfAsync(["help", .. name.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Output), match => Assert.Contains(match.Value, known));
    }

    [Fact]
    public void No_spelling_of_an_option_is_used_twice_in_one_command()
    {
        foreach (var command in CommandTable.All)
        {
            var spellings = command.Syntax.Options.SelectMany(option => option.Spellings).ToList();
            Assert.Equal(spellings.Distinct(), spellings);
        }
    }

    [Fact]
    public void The_examples_in_help_are_command_lines_that_are_understood()
    {
        foreach (var example in CommandTable.All.SelectMany(command => command.Syntax.Examples))
        {
            var words = example[(example.LastIndexOf("semel ", StringComparison.Ordinal) + 6)..].Split(' ');
            var call = CommandTable.Resolve(words);
            Assert.NotNull(Semel.Cli.Arguments.ArgumentParser.Parse(call.Command.Syntax, call.Remaining));
        }
    }

    [Fact]
    public async Task Exit_codes_are_documented_each_with_its_number()
    {
        var help = await RunResult.OfAsync("help", "exit-codes");
        foreach (var code in Enum.GetValues<ExitCode>()) Assert.Matches($@"(?m)^ +{(int)code} +\S", help.Output);
    }

    [Fact]
    public async Task Without_arguments_the_overview_is_shown_and_the_exit_code_is_that_of_wrong_usage()
    {
        var nothing = await RunResult.OfAsync();
        Assert.Equal(ExitCode.Usage, nothing.ExitCode);
        Assert.Contains("Usage: semel COMMAND", nothing.Output);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("version")]
    public async Task The_version_is_told_as_json(string argument) => Assert.Matches(@"""version"": ?""\d+\.\d+\.\d+-\d+""", (await RunResult.OfAsync(argument, "--json")).Output);

    [Theory]
    [InlineData("--version")]
    [InlineData("version")]
    public async Task The_version_is_printed(string argument) => Assert.Matches(@"^semel \d+\.\d+\.\d+-\d+\n$", (await RunResult.OfAsync(argument)).Output);

    [Fact]
    public async Task An_unknown_command_is_refused_and_the_nearest_named()
    {
        var unknown = await RunResult.OfAsync("hlep");
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
        Assert.Contains("Did you mean 'semel help'?", unknown.Error);
        Assert.Contains("there is no help for 'nothing'", (await RunResult.OfAsync("help", "nothing")).Error);
    }
}
