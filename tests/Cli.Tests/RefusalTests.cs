namespace Semel.Cli.Tests;

/// <summary>Command lines that cannot be meant as they stand: each is refused before anything is done, with what to write in its place.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("Write --topic orders.", "consume", "orders", "-e")]
    [InlineData("an empty text was given as PATH", "log", "dump", "")]
    [InlineData("an empty text was given as PATH", "log", "dump", "--files", ",")]
    [InlineData("--in-memory and --data-dir are two answers", "serve", "--in-memory", "--data-dir", "x")]
    [InlineData("is a folder, not a file", "produce", "-t", "x", "--file", ".")]
    [InlineData("is a folder, not a file", "demo", ".")]
    [InlineData("an IPv6 address needs brackets", "topics", "list", "-b", "::1")]
    [InlineData("is empty: there is no line to send", "demo", "-")]
    [InlineData("an empty text was given as TOPIC", "topics", "describe", "")]
    [InlineData("an empty text was given as TOPIC", "topics", "delete", "orders", "--topic", "")]
    [InlineData("'semel topics alter' is not there yet", "topics", "alter", "orders")]
    [InlineData("'semel topics create', 'semel topics list'", "topics", "--alter", "--topic", "orders")]
    [InlineData("'semel topics alter' is not there yet", "topics", "--bootstrap-server", "127.0.0.1:1", "--alter", "--topic", "orders")]
    [InlineData("'semel topics alter' is not there yet", "help", "topics", "alter")]
    [InlineData("'semel acls' is not there yet", "acls", "list")]
    [InlineData("'semel acls' is not there yet", "help", "acls")]
    [InlineData("'semel groups' needs to know what to do: list, describe, members, delete, delete-offsets, reset-offsets.", "groups")]
    [InlineData("'semel groups describe' needs the name of a group", "groups", "describe")]
    [InlineData("an empty text was given as GROUP", "groups", "delete", "")]
    [InlineData("--offsets, --members and --state were given together", "groups", "describe", "g", "--members", "--state")]
    [InlineData("takes one group at a time", "groups", "reset-offsets", "g", "--group", "h", "--to-latest", "--all-topics")]
    [InlineData("needs to know where to", "groups", "reset-offsets", "g", "--all-topics")]
    [InlineData("--to-latest and --shift-by were both given", "groups", "reset-offsets", "g", "--all-topics", "--to-latest", "--shift-by", "-3")]
    [InlineData("needs to know which partitions", "groups", "reset-offsets", "g", "--to-latest")]
    [InlineData("--from-file names the partitions by itself", "groups", "reset-offsets", "g", "--from-file", "x", "--all-topics")]
    [InlineData("behind the colon there must be numbers of partitions", "groups", "reset-offsets", "g", "--to-latest", "--topic", "t:x")]
    [InlineData("'semel groups delete-offsets' needs --topic", "groups", "delete-offsets", "g")]
    [InlineData("'semel transactions describe' needs a transactional id", "transactions", "describe")]
    [InlineData("needs --topic and --partition", "transactions", "describe-producers", "--topic", "t")]
    [InlineData("--partition needs --topic", "transactions", "find-hanging", "--partition", "0")]
    [InlineData("needs to know which transaction", "transactions", "abort")]
    [InlineData("--transactional-id and --topic were both given", "transactions", "abort", "--transactional-id", "x", "--topic", "t")]
    [InlineData("needs --start-offset, or all of --producer-id, --producer-epoch and --coordinator-epoch", "transactions", "abort", "--topic", "t", "--partition", "0", "--producer-id", "1")]
    [InlineData("needs --producer-id", "transactions", "commit", "--transactional-id", "x")]
    [InlineData("--transactional-id is empty", "transactions", "commit", "--transactional-id", "", "--producer-id", "1", "--producer-epoch", "0")]
    [InlineData("'semel topics' can: create, list, describe, delete.", "topics", "frobnicate")]
    [InlineData("Did you mean 'semel topics create'?", "topics", "crate", "x")]
    public async Task It_is_refused(string message, params string[] arguments)
    {
        var result = await RunResult.OfAsync(arguments);
        Assert.Contains(message, result.Error);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
    }

    [Fact]
    public async Task Standard_input_is_read_by_the_demonstration()
    {
        var result = await RunResult.WithInputAsync("a\n" + new string('x', 1_000_000), "demo", "-");
        Assert.Contains("line 2 is longer than 900000 bytes", result.Error);
    }

    [Fact]
    public async Task An_IPv6_address_may_come_without_a_port()
    {
        var result = await RunResult.OfAsync("topics", "list", "-b", "[::1]");
        Assert.DoesNotContain("the port must be a number", result.Error);
    }

    [Theory]
    [InlineData(ExitCode.Success, "", "// our broker\n{\"num.partitions\": 3}")]
    [InlineData(ExitCode.Usage, "holds JSON, but no object", "[1]")]
    [InlineData(ExitCode.Usage, "holds JSON, but no object", "\"x\"")]
    public async Task A_settings_file_is_an_object_with_or_without_comments(ExitCode expected, string message, string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, content);
            var result = await RunResult.OfAsync("serve", "--settings", "--config", path);
            Assert.Contains(message, result.Error);
            Assert.Equal(expected, result.ExitCode);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("num.partitions is given twice, as '1' and as '2'", "{\"num.partitions\": 1, \"num.partitions\": 2}")]
    [InlineData("num.partitions is given twice, as '1' and as '2'", "{\"num.partitions\": 1, \"num\": {\"partitions\": 2}}")]
    [InlineData(", line 2: num.partitions is given twice, as '1' and as '2'", "num.partitions=1\nnum.partitions=2\n")]
    [InlineData("log.dir and log.dirs are two names of one setting", "{\"log.dir\": \"a\", \"log.dirs\": \"b\"}")]
    public async Task A_setting_that_stands_twice_in_a_file_is_refused(string message, string content)
    {
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "semel.json"), content);
        var result = await RunResult.OfAsync(["serve", "--settings"], "", null, folder.Path, CancellationToken.None);
        Assert.Contains(message, result.Error);
        Assert.Contains("semel.json", result.Error);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
    }

    [Theory]
    [InlineData("--skip-message-on-error", "never passed over in silence")]
    [InlineData("--enable-systest-events", "--json")]
    public async Task An_option_of_the_console_consumer_that_cannot_be_honoured_says_why(string option, string reason)
    {
        var result = await RunResult.OfAsync("consume", "-t", "x", option);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(reason, result.Error);
    }

    [Fact]
    public void A_listener_may_be_written_as_Kafka_writes_it() =>
        Assert.Equal(new Semel.Cli.Serve.ListenAddress("127.0.0.1", 19), Semel.Cli.Serve.ListenAddress.Parse("PLAINTEXT://127.0.0.1:19", "--listen"));
}
