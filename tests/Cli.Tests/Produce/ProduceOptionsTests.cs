using System.Text;
using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Cli.Produce;

namespace Semel.Cli.Tests.Produce;

public sealed class ProduceOptionsTests
{
    static readonly Syntax Syntax = new ProduceCommand().Syntax;

    static ParsedArguments Parse(params string[] arguments) => ArgumentParser.Parse(Syntax, ["-t", "first", .. arguments]);

    static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Encoding.UTF8.GetString(present.Span) : null;

    static LineRecord Record(string line, params string[] arguments) => ProduceOptions.Format(Parse(arguments)).Parse(Encoding.UTF8.GetBytes(line), out _)!.Value;

    [Fact]
    public void A_line_ends_as_the_console_producer_has_it_and_with_P_as_kcat_has_it()
    {
        Assert.Null(ProduceOptions.LineEnd(Parse()));
        Assert.Equal("\n"u8.ToArray(), ProduceOptions.LineEnd(ArgumentParser.Parse(Syntax, ["-t", "first"], byLetter: true)));
        Assert.Equal(";"u8.ToArray(), ProduceOptions.LineEnd(Parse("-D", ";")));
    }

    static Dictionary<string, string> Settings(Dictionary<string, string>? environment, params string[] arguments) => ProduceOptions.ClientSettings(Parse(arguments), new Terminal
    {
        Input = Stream.Null, Output = new OutputText(Stream.Null), Error = TextWriter.Null, WorkingDirectory = Path.GetTempPath(), Environment = environment ?? [],
    });

    [Fact]
    public void The_ways_of_kcat_and_of_the_console_producer_take_a_line_apart_alike()
    {
        foreach (var arguments in (string[][])[["-K", ":"], ["-K:"], ["--key-separator", ":"], ["--property", "parse.key=true", "--property", "key.separator=:"]])
        {
            var record = Record("k:v", arguments);
            Assert.Equal("k", Text(record.Key));
            Assert.Equal("v", Text(record.Value));
        }
    }

    [Fact]
    public void An_equals_sign_is_a_separator_like_any_other()
    {
        foreach (var arguments in (string[][])[["-K="], ["-K", "="], ["--key-separator=="]]) Assert.Equal("k", Text(Record("k=v", arguments).Key));
    }

    [Fact]
    public void Only_the_console_producers_way_refuses_a_line_without_a_key_and_ignore_error_takes_it()
    {
        Assert.Null(Record("v", "-K", ":").Key);
        Assert.Null(ProduceOptions.Format(Parse("--property", "parse.key=true")).Parse("v"u8.ToArray(), out var reason));
        Assert.Contains("\\t", reason);
        Assert.Equal("v", Text(Record("v", "--property", "parse.key=true", "--property", "ignore.error=true").Value));
    }

    [Fact]
    public void Headers_nulls_and_a_fixed_key_come_from_their_options()
    {
        var record = Record("NONE", "-H", "a=1", "-H", "b", "-k", "fixed", "--null-marker", "NONE");
        Assert.Equal(["a=1", "b="], record.Headers.Select(header => $"{header.Key}={Text(header.Value)}"));
        Assert.Null(record.Headers[1].Value);
        Assert.Equal("fixed", Text(record.Key));
        Assert.Null(record.Value);
        Assert.Null(Record("", "-Z").Value);
        Assert.Equal("x", Assert.Single(Record("x:1\tv", "--headers").Headers).Key);
    }

    [Theory]
    [InlineData("--property", "parse.keys=true", "Did you mean parse.key?")]
    [InlineData("--property", "parse.key=yes", "must be true or false")]
    [InlineData("--property", "key.separator=", "is empty")]
    [InlineData("-K", "", "is empty")]
    [InlineData("-H", "=x", "NAME=VALUE")]
    public void What_cannot_be_is_refused(string option, string value, string message)
    {
        var refused = Assert.Throws<CommandException>(() => ProduceOptions.Format(Parse(option, value)));
        Assert.Contains(message, $"{refused.Message} {refused.Remedy}");
    }

    [Fact]
    public void Settings_of_the_client_win_over_options_and_the_command_line_over_the_environment()
    {
        var settings = Settings(new() { ["SEMEL_BOOTSTRAP_SERVERS"] = "elsewhere:1" }, "--acks", "1", "-z", "gzip", "-X", "acks=all", "--producer-property", "linger.ms=7");
        Assert.Equal("elsewhere:1", settings["bootstrap.servers"]);
        Assert.Equal("all", settings["acks"]);
        Assert.Equal("gzip", settings["compression.type"]);
        Assert.Equal("7", settings["linger.ms"]);
        Assert.Equal("here:9092,there:2", Settings(new() { ["SEMEL_BOOTSTRAP_SERVERS"] = "elsewhere:1" }, "-b", "here,there:2")["bootstrap.servers"]);
        Assert.Equal("127.0.0.1:9092", Settings(null)["bootstrap.servers"]);
        Assert.Equal("other:3", Settings(null, "-X", "metadata.broker.list=other:3")["bootstrap.servers"]);
    }

    [Fact]
    public void Closing_waits_for_nothing_after_the_command_has_waited_unless_that_is_asked_for()
    {
        Assert.Equal("0", Settings(null)["close.timeout.ms"]);
        Assert.Equal("5", Settings(null, "-X", "close.timeout.ms=5")["close.timeout.ms"]);
    }

    [Fact]
    public async Task A_setting_that_the_client_does_not_know_is_refused_and_the_nearest_named()
    {
        var result = await RunResult.OfAsync("produce", "-t", "first", "-X", "enable.idempotense=true");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("enable.idempotence", result.Error);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_told_at_once_with_its_own_exit_code()
    {
        var result = await RunResult.OfAsync("produce", "-t", "first", "-b", "127.0.0.1:1");
        Assert.Equal(ExitCode.CannotConnect, result.ExitCode);
        Assert.Contains("127.0.0.1:1: nobody listens there", result.Error);
        Assert.Contains("semel serve", result.Error);
        Assert.Equal(ExitCode.Usage, (await RunResult.OfAsync("consume", "-t", "first", "-b", "127.0.0.1:x")).ExitCode);
    }

    [Theory]
    [InlineData("--line-reader", "org.example.Reader", "classes cannot be loaded")]
    [InlineData("--file", "nothing.txt", "there is no file nothing.txt")]
    [InlineData("--partition", "-1", "whole number of at least 0")]
    public async Task What_this_program_does_not_do_is_refused_with_the_reason(string option, string value, string message)
    {
        var result = await RunResult.OfAsync("produce", "-t", "first", $"{option}={value}");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message.Replace("of at least 0", "from 0"), result.Error);
    }
}
