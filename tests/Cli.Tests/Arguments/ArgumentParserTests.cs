using Semel.Cli.Arguments;

namespace Semel.Cli.Tests.Arguments;

public sealed class ArgumentParserTests
{
    static readonly Option Topic = new("--topic", "TOPIC", "the topic") { Aliases = ["-t"] };
    static readonly Option<long> Count = new("--count", "N", "how many", OptionType.Number(1, 10)) { Aliases = ["-c", "--max-messages"] };
    static readonly Option Exit = new("--exit-at-end", null, "exit") { Aliases = ["-e"] };
    static readonly Option Json = new("--json", null, "JSON") { Aliases = ["-J"] };
    static readonly Option<KeyValuePair<string, string>> Set = new("--set", "NAME=VALUE", "a setting", OptionType.Pair) { Aliases = ["-X"], Repeats = true };
    static readonly Option<TimeSpan> Wait = new("--wait", "TIME", "how long", OptionType.Time);
    static readonly Option<string> Level = new("--level", "LEVEL", "how much", OptionType.OneOf("low", "high"));
    static readonly Option<byte[]> Separator = new("--separator", "TEXT", "what lies between", OptionType.Separator);
    static readonly Option Group = new("--group", "GROUP", "a group") { Refusal = "there are no groups here." };

    static readonly Syntax Syntax = new("try", "try it") { Options = [Topic, Count, Exit, Json, Set, Wait, Level, Separator, Group], Operands = new Operands("FILE", 0, 2, "files") };

    static readonly Option<string> Maybe = new("--state", "[STATE]", "the state", OptionType.OneOf("open", "shut")) { ValueIsOptional = true };

    [Fact]
    public void A_value_that_may_be_left_out_is_taken_when_it_is_there()
    {
        var syntax = new Syntax("try", "try it") { Options = [Maybe, Json] };
        foreach (var (line, value) in new (string[], string)[] { (["--state"], ""), (["--state", "open"], "open"), (["--state=shut"], "shut"), (["--state", "--json"], "") })
        {
            var parsed = ArgumentParser.Parse(syntax, line);
            Assert.True(parsed.Has(Maybe));
            Assert.Equal(value, parsed.Text(Maybe));
        }
        Assert.Throws<CommandException>(() => ArgumentParser.Parse(syntax, ["--state", "ajar"]));
    }

    static ParsedArguments Parse(params string[] arguments) => ArgumentParser.Parse(Syntax, arguments);

    static string Refusal(params string[] arguments)
    {
        var refused = Assert.Throws<CommandException>(() => Parse(arguments));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        return $"{refused.Message} {refused.Remedy}";
    }

    [Theory]
    [InlineData("--topic", "orders")]
    [InlineData("--topic=orders")]
    [InlineData("-t", "orders")]
    [InlineData("-torders")]
    public void A_value_may_follow_its_option_in_each_usual_way(params string[] arguments) => Assert.Equal("orders", Parse(arguments).Text(Topic));

    [Theory]
    [InlineData("=", "-t=")]
    [InlineData("=x", "-t=x")]
    [InlineData("=", "-eJt=")]
    [InlineData("--json", "-t--json")]
    public void What_stands_behind_a_letter_is_its_value_as_it_is(string expected, string argument) => Assert.Equal(expected, Parse(argument).Text(Topic));

    [Fact]
    public void Aliases_mean_the_option() => Assert.Equal(5, Parse("--max-messages", "5").Value(Count, 1));

    [Fact]
    public void Switches_of_one_letter_may_be_written_together_and_the_last_may_take_a_value()
    {
        var parsed = Parse("-eJc5");
        Assert.True(parsed.Has(Exit));
        Assert.True(parsed.Has(Json));
        Assert.Equal("5", parsed.Text(Count));
    }

    [Fact]
    public void A_value_may_begin_with_a_dash() => Assert.Equal("-5", Parse("--topic", "-5").Text(Topic));

    [Fact]
    public void A_value_may_hold_equals_signs() => Assert.Equal(new KeyValuePair<string, string>("a", "b=c"), Assert.Single(Parse("-X", "a=b=c").Values(Set)));

    [Fact]
    public void An_option_that_repeats_keeps_the_order() => Assert.Equal(["a=1", "b=2", "a=3"], Parse("-X", "a=1", "--set=b=2", "-Xa=3").All(Set));

    [Fact]
    public void Operands_may_stand_anywhere_and_everything_after_two_dashes_is_one()
    {
        Assert.Equal(["one", "two"], Parse("one", "--json", "two").Operands);
        Assert.Equal(["--json", "-t"], Parse("--", "--json", "-t").Operands);
        Assert.Equal(["-"], Parse("-").Operands);
    }

    [Fact]
    public void A_switch_may_be_given_as_true_or_false()
    {
        Assert.True(Parse("--json=true").Has(Json));
        Assert.False(Parse("--json=false").Has(Json));
        Assert.Contains("takes no value", Refusal("--json=yes"));
        Assert.True(Parse("-J=true").Has(Json));
        Assert.False(Parse("-J=false").Has(Json));
        Assert.Contains("-J takes no value", Refusal("-eJ=yes"));
    }

    [Fact]
    public void An_unknown_option_is_refused_and_the_nearest_named()
    {
        Assert.Contains("Did you mean --topic?", Refusal("--topci", "x"));
        Assert.Contains("Did you mean --topic?", Refusal("--topics=x"));
        Assert.Contains("has no option -q", Refusal("-q"));
        Assert.Contains("See 'semel help try'", Refusal("--something-else"));
    }

    [Fact]
    public void A_missing_value_is_refused_at_the_end_and_before_another_option()
    {
        Assert.Contains("--topic needs a value", Refusal("--topic"));
        Assert.Contains("write --topic=--json", Refusal("--topic", "--json"));
        Assert.Contains("write -t--json.", Refusal("-t", "--json"));
    }

    [Fact]
    public void The_same_option_with_two_values_is_refused_but_the_same_value_twice_is_not()
    {
        Assert.Contains("given twice", Refusal("-t", "a", "-t", "b"));
        Assert.Equal("a", Parse("-t", "a", "--topic", "a").Text(Topic));
    }

    [Fact]
    public void More_operands_than_there_may_be_are_refused() => Assert.Contains("at most 2 FILE", Refusal("a", "b", "c"));

    [Fact]
    public void An_option_of_another_tool_that_is_not_supported_says_why() => Assert.Contains("there are no groups here", Refusal("--group", "g"));

    [Fact]
    public void A_required_option_and_a_required_operand_are_asked_for()
    {
        var required = new Option("--topic", "TOPIC", "the topic") { Required = true };
        var syntax = new Syntax("try", "try it") { Options = [required], Operands = new Operands("FILE", 1, 1, "the file to read") };
        Assert.Contains("needs --topic TOPIC", Assert.Throws<CommandException>(() => ArgumentParser.Parse(syntax, ["f"])).Message);
        Assert.Contains("needs FILE: the file to read", Assert.Throws<CommandException>(() => ArgumentParser.Parse(syntax, ["--topic", "t"])).Message);
    }

    [Theory]
    [InlineData("10", true)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("11", false)]
    [InlineData("1.5", false)]
    [InlineData("", false)]
    [InlineData("9999999999999999999", false)]
    public void A_number_must_be_whole_and_in_its_range(string text, bool accepted)
    {
        if (accepted) Assert.Equal(long.Parse(text), Parse($"--count={text}").Find(Count));
        else Assert.Contains("from 1 to 10", Refusal($"--count={text}"));
    }

    [Theory]
    [InlineData("500", 500)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    public void A_time_is_milliseconds_or_has_a_unit(string text, int milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Parse("--wait", text).Find(Wait));

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("5d")]
    [InlineData("99999999999999")]
    public void A_time_of_another_form_is_refused(string text) => Assert.Contains("must be a time", Refusal($"--wait={text}"));

    [Fact]
    public void A_word_must_be_one_of_those_there_are()
    {
        Assert.Equal("high", Parse("--level", "high").Value(Level, "low"));
        Assert.Equal("low", Parse().Value(Level, "low"));
        Assert.Contains("must be one of: low, high. Did you mean high?", Refusal("--level", "hihg"));
    }

    [Fact]
    public void A_separator_is_not_empty_and_its_backslashes_are_read()
    {
        Assert.Equal("\t", System.Text.Encoding.UTF8.GetString(Parse("--separator", "\\t").Value(Separator, [])));
        Assert.Contains("--separator is empty", Refusal("--separator="));
        Assert.Contains("a backslash must be followed by", Refusal("--separator", "\\q"));
    }

    [Fact]
    public void A_pair_needs_a_name_and_an_equals_sign()
    {
        Assert.Contains("NAME=VALUE", Refusal("-X", "acks"));
        Assert.Contains("NAME=VALUE", Refusal("-X", "good=1", "-X", "=1"));
        Assert.Equal("", Assert.Single(Parse("-X", "acks=").Values(Set)).Value);
    }
}
