using Semel.Cli.Arguments;
using Semel.Cli.Consume;

namespace Semel.Cli.Tests.Consume;

public sealed class ConsumeOptionsTests
{
    static readonly Syntax Syntax = new ConsumeCommand().Syntax;

    static ParsedArguments Parse(params string[] arguments) => ArgumentParser.Parse(Syntax, ["-t", "first", .. arguments]);

    [Theory]
    [InlineData(StartKind.End)]
    [InlineData(StartKind.Beginning, "--from-beginning")]
    [InlineData(StartKind.Beginning, "-e")]
    [InlineData(StartKind.End, "-e", "-o", "end")]
    [InlineData(StartKind.Beginning, "-o", "beginning")]
    [InlineData(StartKind.BeforeEnd, "-o-10")]
    [InlineData(StartKind.Offset, "--offset", "5")]
    public void Reading_begins_where_the_options_say(StartKind expected, params string[] arguments) => Assert.Equal(expected, ConsumeOptions.Start(Parse(arguments)).Kind);

    /// <summary>kcat 1.7.1 on Apache Kafka: without -o it begins with the first record, whether -e is given or not.</summary>
    [Theory]
    [InlineData(StartKind.Beginning)]
    [InlineData(StartKind.Beginning, "-e")]
    [InlineData(StartKind.End, "-o", "end")]
    [InlineData(StartKind.BeforeEnd, "-o", "-1")]
    public void With_kcats_letter_reading_begins_where_kcat_begins(StartKind expected, params string[] arguments) =>
        Assert.Equal(expected, ConsumeOptions.Start(ArgumentParser.Parse(Syntax, ["-t", "first", .. arguments], byLetter: true)).Kind);

    /// <summary>kcat 1.7.1 prints a null key and a null value as nothing, and with -Z as NULL; Kafka's console consumer prints null.</summary>
    [Theory]
    [InlineData("", true, "-K", ":")]
    [InlineData("NULL", true, "-K", ":", "-Z")]
    [InlineData("none", true, "--property", "null.literal=none")]
    [InlineData("null", false, "-K", ":")]
    public void With_kcats_letter_a_null_is_printed_as_kcat_prints_it(string expected, bool byLetter, params string[] arguments)
    {
        var format = ConsumeOptions.RecordFormat(ArgumentParser.Parse(Syntax, ["-t", "first", .. arguments], byLetter));
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(Assert.IsType<TextFormat>(format).NullLiteral));
    }

    [Fact]
    public void The_letter_is_seen_wherever_it_stands()
    {
        foreach (var words in (string[][])[["-C", "-t", "first"], ["-b", "x:1", "-t", "first", "-C"], ["-Ce", "-t", "first"]]) Assert.True(Semel.Cli.Commands.CommandTable.Resolve(words).ByLetter);
        Assert.False(Semel.Cli.Commands.CommandTable.Resolve(["consume", "-t", "first"]).ByLetter);
    }

    [Fact]
    public void Two_answers_to_one_question_are_refused()
    {
        Assert.Contains("--from-beginning", Assert.Throws<CommandException>(() => ConsumeOptions.Start(Parse("--from-beginning", "-o", "5"))).Message);
        Assert.Contains("--format", Assert.Throws<CommandException>(() => ConsumeOptions.RecordFormat(Parse("-f", "%s", "--json"))).Message);
        foreach (var other in (string[][])[["-f", "%s"], ["--json"], ["--output", "json"]])
            Assert.Contains("--property", Assert.Throws<CommandException>(() => ConsumeOptions.RecordFormat(Parse(["--property", "print.key=true", .. other]))).Message);
    }

    [Fact]
    public void The_format_follows_the_options()
    {
        Assert.IsType<JsonFormat>(ConsumeOptions.RecordFormat(Parse("-J")));
        Assert.IsType<JsonFormat>(ConsumeOptions.RecordFormat(Parse("--output", "json")));
        Assert.IsType<PatternFormat>(ConsumeOptions.RecordFormat(Parse("-f", "%s\\n")));
        var text = Assert.IsType<TextFormat>(ConsumeOptions.RecordFormat(Parse("--property", "print.offset=true", "-K", ",", "-D", "\\0", "-Z")));
        Assert.True(text is { PrintOffset: true, PrintKey: true });
        Assert.Equal(","u8.ToArray(), text.KeySeparator);
        Assert.Equal([0], text.LineSeparator);
        Assert.Equal("NULL"u8.ToArray(), text.NullLiteral);
    }

    [Theory]
    [InlineData("--group", "", "--group is empty")]
    [InlineData("--group-protocol", "classic", "--group-protocol goes with --group")]
    [InlineData("--commit", "end", "--commit goes with --group")]
    [InlineData("--commit", "often", "must be one of: each, end, none")]
    [InlineData("--topic", "second", "one topic is read at a time")]
    [InlineData("--offset", "stored", "stored by consumer groups")]
    [InlineData("--whitelist", ".*", "one topic")]
    [InlineData("--formatter", "x.Y", "classes cannot be loaded")]
    [InlineData("--value-deserializer", "org.apache.kafka.common.serialization.LongDeserializer", "value.deserializer")]
    [InlineData("-X", "isolation.levle=read_committed", "isolation.level")]
    [InlineData("--isolation-level", "read_everything", "read_committed")]
    [InlineData("--count", "x", "--count is 'x'")]
    [InlineData("--partition", "x", "--partition is 'x'")]
    [InlineData("--timeout-ms", "soon", "--timeout-ms is 'soon'")]
    public async Task What_cannot_be_is_refused_before_anything_is_done(string option, string value, string message)
    {
        var result = await RunResult.OfAsync("consume", "-t", "first", "-b", "127.0.0.1:1", option, value);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    [Theory]
    [InlineData("--partition", "0", "two ways to choose partitions")]
    [InlineData("--offset", "5", "'semel groups reset-offsets g'")]
    [InlineData("--offset", "-5", "a group reads on where it stands")]
    [InlineData("--offset", "@0", "a group reads on where it stands")]
    [InlineData("-X", "group.protocol=other", "group.protocol")]
    public async Task What_does_not_go_with_a_group_is_refused_before_anything_is_done(string option, string value, string message)
    {
        foreach (var group in (string[][])[["--group", "g"], ["-G", "g"], ["-X", "group.id=g"]])
        {
            var result = await RunResult.OfAsync(["consume", "-t", "first", "-b", "127.0.0.1:1", option, value, .. group]);
            Assert.Equal(ExitCode.Usage, result.ExitCode);
            Assert.Contains(message, result.Error);
        }
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("latest", "--offset", "end")]
    [InlineData("latest", "--offset", "stored")]
    [InlineData("earliest", "--from-beginning")]
    [InlineData("earliest", "--offset", "beginning")]
    [InlineData("earliest", "-e")]
    [InlineData("none", "-X", "auto.offset.reset=none")]
    public void A_group_that_has_committed_nothing_begins_where_it_is_told(string expected, params string[] arguments)
    {
        var settings = ConsumeOptions.ClientSettings(Parse(["-t", "x", "--group", "g", .. arguments]), Nobody);
        Assert.Equal((expected, "false", "g"), (settings["auto.offset.reset"], settings["enable.auto.commit"], settings["group.id"]));
    }

    static Semel.Cli.Output.Terminal Nobody => new() { Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(Stream.Null), Error = TextWriter.Null, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>() };

    [Fact]
    public async Task A_topic_is_required() => Assert.Contains("needs --topic TOPIC", (await RunResult.OfAsync("consume")).Error);

    [Theory]
    [InlineData("-C", "consume")]
    [InlineData("-P", "produce")]
    public void The_letters_of_kcat_name_commands(string letter, string command) => Assert.Equal(command, Semel.Cli.Commands.CommandTable.Resolve([letter, "-t", "x"]).Command.Syntax.Name);
}
