using System.Text;
using System.Text.Json;

namespace Semel.Cli.Tests;

/// <summary>What goes in by `semel produce` comes out by `semel consume`.</summary>
public sealed class RoundTripTests(WithBroker broker) : IClassFixture<WithBroker>
{
    async Task<string> TopicAsync(int partitions = 1)
    {
        var topic = $"t-{Guid.NewGuid():N}";
        await broker.Broker.CreateTopicAsync(topic, partitions);
        return topic;
    }

    async Task ProduceAsync(string topic, string input, params string[] arguments)
    {
        var result = await broker.RunWithInputAsync(input, ["produce", "-t", topic, .. arguments]);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    async Task<string> ConsumeAsync(string topic, params string[] arguments)
    {
        var result = await broker.RunAsync(["consume", "-t", topic, "-e", .. arguments]);
        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.ExitCode == ExitCode.Success ? "" : result.Error));
        return result.Output;
    }

    [Theory]
    [InlineData("one\ntwo\nthree\n")]
    [InlineData("\n\nlast without end")]
    [InlineData("ä😀\tb\n")]
    public async Task Lines_come_back_as_they_were(string input)
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, input);
        Assert.Equal(input.EndsWith('\n') ? input : input + "\n", await ConsumeAsync(topic));
    }

    [Fact]
    public async Task Lines_of_a_file_from_Windows_come_back_without_their_carriage_returns_unless_the_end_is_said()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\r\nb\r\n");
        Assert.Equal("a\nb\n", await ConsumeAsync(topic));
        var exact = await TopicAsync();
        await ProduceAsync(exact, "a\r\nb\r\n", "-D", "\\n");
        Assert.Equal("a\r\nb\r\n", await ConsumeAsync(exact));
        var byLetter = await TopicAsync();
        await broker.RunWithInputAsync("a\r\n", "-P", "-t", byLetter);
        Assert.Equal("a\r\n", await ConsumeAsync(byLetter));
    }

    [Fact]
    public async Task Keys_nulls_and_headers_come_back()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a:1\n:2\nnokey\nb:NULL\n", "-K", ":", "--null-marker", "NULL", "-H", "h=x");
        Assert.Equal("a|1\n|2\nnull|nokey\nb|null\n", await ConsumeAsync(topic, "--property", "print.key=true", "--property", "key.separator=|"));
        Assert.Equal("0 a=1 h=x\n1 =2 h=x\n2 NULL=nokey h=x\n3 b=NULL h=x\n", await ConsumeAsync(topic, "-Z", "-f", "%o %k=%s %h\\n"));
        var first = JsonDocument.Parse((await ConsumeAsync(topic, "--json")).Split('\n')[0]).RootElement;
        Assert.Equal(("a", "1", 0), (first.GetProperty("key").GetString(), first.GetProperty("value").GetString(), first.GetProperty("offset").GetInt64()));
    }

    [Fact]
    public async Task Properties_may_lie_in_a_file_as_for_the_console_tools_and_those_typed_win()
    {
        var topic = await TopicAsync();
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        var (reader, formatter, wrong) = (Path.Combine(folder.Path, "reader"), Path.Combine(folder.Path, "formatter"), Path.Combine(folder.Path, "wrong"));
        await File.WriteAllTextAsync(reader, "parse.key=true\nkey.separator=;\n");
        await File.WriteAllTextAsync(formatter, "print.key=true\nkey.separator=|\n");
        await File.WriteAllTextAsync(wrong, "print.keys=true\n");
        await ProduceAsync(topic, "a:1\n", "--reader-config", reader, "--property", "key.separator=:", "--max-partition-memory-bytes", "20000", "--socket-buffer-size", "100000");
        Assert.Equal("a|1\n", await ConsumeAsync(topic, "--formatter-config", formatter));
        Assert.Equal("a=1\n", await ConsumeAsync(topic, "--formatter-config", formatter, "--formatter-property", "key.separator=="));
        Assert.Contains("the property print.keys is not known", (await broker.RunAsync("consume", "-t", topic, "--formatter-config", wrong)).Error);
        Assert.Contains("--formatter-config", (await broker.RunAsync("consume", "-t", topic, "--formatter-config", formatter, "--json")).Error);
    }

    [Fact]
    public async Task Acknowledgements_are_printed_in_the_order_of_the_lines()
    {
        var topic = await TopicAsync(3);
        var result = await broker.RunWithInputAsync(string.Concat(Enumerable.Range(0, 50).Select(i => $"k{i}:v{i}\n")), "produce", "-t", topic, "-K:", "--json");
        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        var lines = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(1, 50), lines.Select(line => line.GetProperty("line").GetInt32()));
        Assert.All(lines, line => Assert.Equal("Persisted", line.GetProperty("status").GetString()));
        Assert.Equal(3, lines.Select(line => line.GetProperty("partition").GetInt32()).Distinct().Count());
    }

    [Fact]
    public async Task Reading_begins_at_an_offset_before_the_end_or_at_a_time()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\nb\nc\nd\n", "--sync");
        Assert.Equal("c\nd\n", await ConsumeAsync(topic, "-o", "2"));
        Assert.Equal("d\n", await ConsumeAsync(topic, "-o", "-1"));
        Assert.Equal("a\nb\nc\nd\n", await ConsumeAsync(topic, "-o", "-100"));
        Assert.Equal("a\nb\nc\nd\n", await ConsumeAsync(topic, "-o", "@2001-01-01"));
        Assert.Equal("", await ConsumeAsync(topic, "-o", "@2999-01-01"));
        Assert.Equal("", await ConsumeAsync(topic, "-o", "end"));
        Assert.Equal("", await ConsumeAsync(topic, "-o", "-0"));
        Assert.Equal("a\nb\n", await ConsumeAsync(topic, "-c", "2"));
    }

    [Fact]
    public async Task Partitions_are_written_and_read_one_by_one_or_together()
    {
        var topic = await TopicAsync(3);
        for (var partition = 0; partition < 3; partition++) await ProduceAsync(topic, $"p{partition}\n", "-p", $"{partition}");
        Assert.Equal("p1\n", await ConsumeAsync(topic, "-p", "1"));
        Assert.Equal(["p0", "p2"], (await ConsumeAsync(topic, "-p", "0,2")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(["p0", "p1", "p2"], (await ConsumeAsync(topic)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task A_file_is_sent_whole_whatever_its_bytes()
    {
        var topic = await TopicAsync();
        var path = Path.GetTempFileName();
        try
        {
            var lines = Enumerable.Range(0, 20_000).Select(i => $"{i} {new string('x', i % 50)}").Append("end");
            await File.WriteAllTextAsync(path, string.Join('\n', lines));
            await ProduceAsync(topic, "", "--file", path, "-z", "gzip");
            Assert.Equal(string.Join('\n', lines) + "\n", await ConsumeAsync(topic));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_line_that_cannot_be_taken_apart_ends_the_work_and_what_was_before_it_is_stored()
    {
        var topic = await TopicAsync();
        var result = await broker.RunWithInputAsync("a\t1\nb\nc\t3\n", "produce", "-t", topic, "--property", "parse.key=true");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("line 2 is refused: it has no key separator", result.Error);
        Assert.Equal("1\n", await ConsumeAsync(topic));
    }

    [Fact]
    public async Task A_line_that_is_too_large_for_the_client_is_named_and_what_was_before_it_is_stored()
    {
        var topic = await TopicAsync();
        var result = await broker.RunWithInputAsync("a\n" + new string('x', 5000) + "\nb\n", "produce", "-t", topic, "-X", "max.request.size=2000");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("line 2 is refused: it is larger than max.request.size. 1 records before it were sent, and none behind it.", result.Error);
        Assert.Equal("a\n", await ConsumeAsync(topic));
    }

    [Fact]
    public async Task A_topic_or_partition_that_is_not_there_is_refused_with_the_remedy()
    {
        var produced = await broker.RunWithInputAsync("x\n", "produce", "-t", "absent", "-X", "max.block.ms=500");
        Assert.Equal(ExitCode.Refused, produced.ExitCode);
        Assert.Contains("semel topics create absent", produced.Error);
        var consumed = await broker.RunAsync("consume", "-t", "absent", "-e", "-X", "default.api.timeout.ms=500");
        Assert.Equal(ExitCode.Refused, consumed.ExitCode);
        Assert.Contains("semel topics create absent", consumed.Error);
        var topic = await TopicAsync(2);
        var missing = await broker.RunAsync("consume", "-t", topic, "-e", "-p", "5");
        Assert.Equal(ExitCode.Refused, missing.ExitCode);
        Assert.Contains("has no partition 5: it has 2, from 0 to 1", missing.Error);
    }

    [Fact]
    public async Task An_offset_that_is_not_there_is_refused_and_those_that_are_there_are_named()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\nb\n");
        var result = await broker.RunAsync("consume", "-t", topic, "-e", "-o", "99");
        Assert.Equal(ExitCode.Refused, result.ExitCode);
        Assert.Contains($"{topic}-0 has no offset 99: it begins at 0 and ends at 2.", result.Error);
        Assert.Contains("--offset from 0 to 2, --offset beginning", result.Error);
        Assert.DoesNotContain("Seek", result.Error);
    }

    [Fact]
    public async Task A_record_that_is_too_large_for_the_topic_is_told_once_with_the_settings_that_allow_it()
    {
        var topic = $"t-{Guid.NewGuid():N}";
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "create", topic, "--config", "max.message.bytes=200")).ExitCode);
        var result = await broker.RunWithInputAsync("a\n" + new string('x', 500) + "\n", "produce", "-t", topic, "--sync");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(result.Error, "max.message.bytes is 200"));
        Assert.Contains("line 2: ", result.Error);
        Assert.Contains($"1 of 2 records were not acknowledged by {topic}.", result.Error);
        Assert.Contains("semel topics create --config max.message.bytes=N", result.Error);
        Assert.Contains("semel serve -X message.max.bytes=N", result.Error);
        var json = await broker.RunWithInputAsync(new string('x', 500), "produce", "-t", topic, "--json");
        Assert.Contains("The first reason: ", json.Error);
        Assert.Equal("a\n", await ConsumeAsync(topic));
    }

    [Theory]
    [InlineData("acks", "all", "topics", "list")]
    [InlineData("acks", "all", "consume", "-t", "TOPIC", "-e")]
    [InlineData("isolation.level", "read_committed", "produce", "-t", "TOPIC")]
    public async Task A_setting_that_means_nothing_to_the_command_is_told_whether_it_was_typed_or_lies_in_a_file(string name, string value, params string[] arguments)
    {
        var topic = await TopicAsync();
        var words = arguments.Select(word => word.Replace("TOPIC", topic)).ToArray();
        var setting = $"{name}={value}";
        var typed = await broker.RunAsync([.. words, "-X", setting]);
        Assert.Equal(ExitCode.Success, typed.ExitCode);
        var told = $"{name}: means nothing to 'semel {string.Join(' ', words.TakeWhile(word => word[0] != '-'))}' and is not used.";
        Assert.Contains(told, typed.Error);
        using var file = new Semel.Cli.Demo.TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(file.Path, "client.properties"), setting);
        var fromFile = await broker.RunAsync([.. words, "-F", Path.Combine(file.Path, "client.properties")]);
        Assert.Equal(ExitCode.Success, fromFile.ExitCode);
        Assert.Contains(told, fromFile.Error);
    }

    [Theory]
    [InlineData(ExitCode.Failed, "-c", "2")]
    [InlineData(ExitCode.Success)]
    public async Task Silence_ends_the_work_and_only_a_count_that_was_not_reached_makes_it_a_failure(ExitCode expected, params string[] arguments)
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\n");
        using var output = new MemoryStream();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(output), Error = TextWriter.Null, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
            Time = new SilenceAfterOutput(output),
        };
        Assert.Equal(expected, await CommandLine.RunAsync(["consume", "-b", broker.Broker.BootstrapServers, "-t", topic, "--from-beginning", "--timeout-ms", "60000", .. arguments], terminal, CancellationToken.None));
        Assert.Equal("a\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <summary>A clock on which no time passes until something was printed, and then as much as anybody waits for.</summary>
    sealed class SilenceAfterOutput(MemoryStream output) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (output.Length > 0) callback(state);
            return new Timer();
        }

        sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;
            public void Dispose() { }
            public ValueTask DisposeAsync() => default;
        }
    }

    [Fact]
    public async Task An_interrupted_consumer_ends_with_its_own_exit_code_and_has_printed_and_counted_what_came()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\n");
        using var stop = new CancellationTokenSource();
        using var output = new InterruptingStream(stop);
        await using var error = new StringWriter();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(output), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
        };
        Assert.Equal(ExitCode.Interrupted, await CommandLine.RunAsync(["consume", "-b", broker.Broker.BootstrapServers, "-t", topic, "--from-beginning"], terminal, stop.Token));
        Assert.Equal("a\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal($"semel: 1 record read from {topic}\n", error.ToString());
    }

    [Fact]
    public async Task An_interrupted_producer_does_not_wait_for_the_writer_of_a_pipe_and_has_told_what_was_stored()
    {
        if (!NamedPipe.CanBeMade) return;
        var topic = await TopicAsync();
        using var pipe = new NamedPipe();
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        var first = Path.Combine(folder.Path, "first");
        await File.WriteAllTextAsync(first, "a\n");
        using var stop = new CancellationTokenSource();
        using var output = new InterruptingStream(stop);
        await using var error = new StringWriter();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(output), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
        };
        Assert.Equal(ExitCode.Interrupted, await CommandLine.RunAsync(["produce", "-b", broker.Broker.BootstrapServers, "-t", topic, "--json", "--file", first, "--file", pipe.Path], terminal, stop.Token));
        Assert.Contains("\"status\":\"Persisted\"", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("interrupted", error.ToString());
    }

    sealed class InterruptingStream(CancellationTokenSource stop) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            stop.Cancel();
        }
    }

    [Fact]
    public async Task A_topic_that_is_made_anew_while_it_is_read_is_told_in_words_of_the_command_line()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\n");
        using var output = new RecreatingStream(() => Task.Run(async () =>
        {
            Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "delete", topic)).ExitCode);
            Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "create", topic)).ExitCode);
        }).GetAwaiter().GetResult());
        await using var error = new StringWriter();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(output), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
        };
        Assert.Equal(ExitCode.Refused, await CommandLine.RunAsync(["consume", "-b", broker.Broker.BootstrapServers, "-t", topic, "--from-beginning"], terminal, CancellationToken.None));
        Assert.Contains($"topic {topic} was deleted and made again while it was read; offset 1 of {topic}-0 belongs to the old one.", error.ToString());
        Assert.Contains("Run the command again", error.ToString());
        Assert.DoesNotContain("Seek", error.ToString());
    }

    sealed class RecreatingStream(Action recreate) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            recreate();
        }
    }

    [Theory]
    [InlineData(true, "--acks", "1")]
    [InlineData(true, "-X", "acks=0")]
    [InlineData(false, "--acks", "all")]
    [InlineData(false, "--acks", "1", "-X", "enable.idempotence=false")]
    public async Task A_setting_that_turns_idempotence_off_is_told_unless_that_was_asked_for(bool told, params string[] arguments)
    {
        var topic = await TopicAsync();
        var result = await broker.RunWithInputAsync("a\n", ["produce", "-t", topic, .. arguments]);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Equal(told, result.Error.Contains("turns idempotence off"));
    }

    [Fact]
    public async Task A_reader_that_has_gone_ends_the_consumer_quietly()
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\n");
        using var closed = new ClosedStream(OperatingSystem.IsWindows() ? 109 : 32);
        await using var error = new StringWriter();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = Stream.Null, Output = new Semel.Cli.Output.OutputText(closed), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
        };
        Assert.Equal(ExitCode.Success, await CommandLine.RunAsync(["consume", "-b", broker.Broker.BootstrapServers, "-t", topic, "--from-beginning"], terminal, CancellationToken.None));
        Assert.Equal("", error.ToString());
    }

    [Theory]
    [InlineData("consume", "--from-beginning")]
    [InlineData("produce", "--json")]
    public async Task An_output_that_is_full_is_no_success_and_what_was_to_be_sent_is_sent(string verb, string option)
    {
        var topic = await TopicAsync();
        await ProduceAsync(topic, "a\n");
        using var full = new ClosedStream(OperatingSystem.IsWindows() ? 112 : 28);
        await using var error = new StringWriter();
        var terminal = new Semel.Cli.Output.Terminal
        {
            Input = new MemoryStream("b\nc\n"u8.ToArray()), Output = new Semel.Cli.Output.OutputText(full), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>(),
        };
        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync([verb, "-b", broker.Broker.BootstrapServers, "-t", topic, option], terminal, CancellationToken.None));
        Assert.Contains("standard output cannot be written", error.ToString());
        Assert.Equal(verb == "produce" ? "a\nb\nc\n" : "a\n", await ConsumeAsync(topic));
    }

    [Fact]
    public async Task The_order_and_bundling_of_kcat_are_understood()
    {
        var topic = await TopicAsync();
        Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync("a\nb\n", "-b", broker.Broker.BootstrapServers, "-t", topic, "-P")).ExitCode);
        Assert.Equal("b\n", (await broker.RunAsync("-t", topic, "-Ceq", "-o", "-1")).Output);
        Assert.Contains(topic, (await broker.RunAsync("-b", broker.Broker.BootstrapServers, "-L", "-t", topic)).Output);
        Assert.Equal(ExitCode.Usage, (await broker.RunAsync("-t", topic, "--", "-C")).ExitCode);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("")]
    public async Task A_name_that_no_topic_can_have_is_refused_with_what_a_name_is(string name)
    {
        foreach (var verb in new[] { "produce", "consume" })
        {
            var result = await broker.RunWithInputAsync("x\n", verb, "-t", name);
            Assert.Equal(ExitCode.Refused, result.ExitCode);
            Assert.Contains($"'{name}' cannot be the name of a topic", result.Error);
            Assert.Contains("letters, digits", result.Error);
        }
    }

    [Fact]
    public async Task An_address_may_have_the_scheme_of_a_listener() =>
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "list", "-b", "PLAINTEXT://" + broker.Broker.BootstrapServers)).ExitCode);

    sealed class ClosedStream(int error) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("failed", OperatingSystem.IsWindows() ? error | unchecked((int)0x80070000) : error);
    }
}
