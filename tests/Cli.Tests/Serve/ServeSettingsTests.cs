using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Cli.Serve;

namespace Semel.Cli.Tests.Serve;

public sealed class ServeSettingsTests : IDisposable
{
    static readonly Dictionary<string, string> Known = new()
    {
        ["log.dirs"] = "log.dirs", ["log.dir"] = "log.dirs", ["num.partitions"] = "num.partitions", ["auto.create.topics.enable"] = "auto.create.topics.enable",
    };

    readonly string _folder = Directory.CreateTempSubdirectory("semel settings ").FullName;
    readonly StringWriter _error = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    Terminal TerminalWith(params (string Name, string Value)[] environment) => new()
    {
        Input = Stream.Null, Output = new OutputText(Stream.Null), Error = _error, WorkingDirectory = _folder,
        Environment = environment.ToDictionary(pair => pair.Name, pair => pair.Value),
    };

    string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        return name;
    }

    [Fact]
    public void Flags_win_over_the_environment_and_the_environment_over_the_file()
    {
        Write("semel.json", """{ "log": { "dirs": "from-file" }, "num.partitions": 1, "auto.create.topics.enable": false }""");
        var terminal = TerminalWith(("SEMEL_NUM_PARTITIONS", "2"), ("SEMEL_LOG_DIRS", "from-environment"), ("PATH", "/bin"));
        var settings = new ServeSettings(Known);
        settings.AddFile(terminal, null);
        settings.AddEnvironment(terminal);
        settings.Add(new Setting("log.dir", "from-flag", "--data-dir"));
        Assert.Equal(new Setting("log.dirs", "from-flag", "--data-dir"), settings.Find("log.dirs"));
        Assert.Equal(new Setting("num.partitions", "2", "environment variable SEMEL_NUM_PARTITIONS"), settings.Find("num.partitions"));
        Assert.Equal(new Setting("auto.create.topics.enable", "false", "semel.json"), settings.Find("auto.create.topics.enable"));
    }

    [Fact]
    public void Without_a_file_nothing_is_set_but_a_file_that_was_named_must_be_there()
    {
        var settings = new ServeSettings(Known);
        settings.AddFile(TerminalWith(), null);
        Assert.Empty(settings.All);
        Assert.Contains("other.json cannot be read", Assert.Throws<CommandException>(() => settings.AddFile(TerminalWith(), "other.json")).Message);
    }

    [Fact]
    public void A_properties_file_is_read_as_kafka_reads_it()
    {
        var settings = new ServeSettings(Known);
        settings.AddFile(TerminalWith(), Write("server.properties", "# a comment\n\nlog.dirs = /data \nnum.partitions=3\n"));
        Assert.Equal("/data", settings.Find("log.dirs")!.Value);
        Assert.Equal("server.properties, line 4", settings.Find("num.partitions")!.Origin);
    }

    [Theory]
    [InlineData("a.json", "{ \"num.partitions\": 1", "a.json is no valid JSON: line 1")]
    [InlineData("b.json", "{ \"log.dirs\": [{}] }", "the list log.dirs may hold")]
    [InlineData("c.properties", "log.dirs", "c.properties, line 1: 'log.dirs' does not have the form")]
    [InlineData("d.json", "{ \"num.partition\": 1 }", "d.json: the broker has no setting 'num.partition'. Did you mean num.partitions?")]
    [InlineData("e.properties", "num.partition=1\nlog.dirs=a\nssl.keystore.location=k\n", "line 1: the broker has no setting 'num.partition'. Did you mean num.partitions?\n       e.properties, line 3: the broker has no setting 'ssl.keystore.location'.")]
    public void A_file_that_cannot_be_understood_is_refused_with_its_place(string name, string text, string message) =>
        Assert.Contains(message, Assert.Throws<CommandException>(() =>
        {
            var settings = new ServeSettings(Known);
            settings.AddFile(TerminalWith(), Write(name, text));
            settings.Check(TerminalWith());
        }).Message);

    [Fact]
    public void Settings_of_Kafka_that_mean_nothing_here_are_taken_and_told_at_once_with_the_reason()
    {
        var settings = new ServeSettings(Known);
        settings.AddFile(TerminalWith(), Write("server.properties", "process.roles=broker,controller\nnum.io.threads=8\ncontroller.quorum.voters=1@localhost:9093\nnum.partitions=3\n"));
        settings.Check(TerminalWith());
        Assert.Equal("3", settings.Find("num.partitions")!.Value);
        Assert.Equal("semel: settings of Kafka's brokers that have no effect here: process.roles, controller.quorum.voters (this broker is a cluster of its own); num.io.threads (the runtime and the operating system choose it).\n", _error.ToString());
    }

    [Fact]
    public void Settings_that_there_are_not_and_values_that_cannot_be_are_one_answer()
    {
        var settings = new ServeSettings(BrokerSettings.KnownNames);
        settings.AddFile(TerminalWith(), Write("server.properties", "num.ioo.threads=8\nnum.partitions=0\nmessage.max.bytes=many\n"));
        var message = Assert.Throws<CommandException>(() => BrokerSettings.Apply(settings, TerminalWith())).Message;
        Assert.All(new[] { "line 1: the broker has no setting 'num.ioo.threads'", "line 2: num.partitions", "line 3: message.max.bytes" }, part => Assert.Contains(part, message));
    }

    [Fact]
    public void Json_may_hold_comments_lists_and_nulls()
    {
        var settings = new ServeSettings(Known);
        settings.AddFile(TerminalWith(), Write("semel.json", "{ // where\n \"log.dirs\": [\"a\", \"b\"], \"num.partitions\": null, }"));
        Assert.Equal("a,b", settings.Find("log.dirs")!.Value);
        Assert.Null(settings.Find("num.partitions"));
    }

    [Fact]
    public void An_unknown_name_is_refused_on_the_command_line_and_warned_of_in_the_environment()
    {
        var settings = new ServeSettings(Known);
        settings.Add(new Setting("num.partitons", "1", "-X"));
        Assert.Contains("-X: the broker has no setting 'num.partitons'. Did you mean num.partitions?", Assert.Throws<CommandException>(() => settings.Check(TerminalWith())).Message);
        settings.AddEnvironment(TerminalWith(("SEMEL_NUM_PARTITION", "1"), ("SEMEL_BOOTSTRAP_SERVERS", "x:1"), ("SEMEL_BUILD", "managed"), ("SEMEL_OTHER", "1")));
        Assert.Empty(settings.All);
        Assert.Contains("not used: SEMEL_NUM_PARTITION (Did you mean SEMEL_NUM_PARTITIONS?), SEMEL_OTHER.", _error.ToString());
        Assert.DoesNotContain("BOOTSTRAP", _error.ToString());
        Assert.DoesNotContain("BUILD", _error.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1:9092", "127.0.0.1", 9092)]
    [InlineData("localhost:0", "localhost", 0)]
    [InlineData(":9093", "127.0.0.1", 9093)]
    [InlineData("9093", "127.0.0.1", 9093)]
    [InlineData("broker", "broker", 9092)]
    [InlineData("[::1]:9093", "[::1]", 9093)]
    [InlineData("[::1]", "[::1]", 9092)]
    public void A_listen_address_is_a_host_a_port_or_both(string text, string host, int port) => Assert.Equal(new ListenAddress(host, port), ListenAddress.Parse(text, "--listen"));

    [Theory]
    [InlineData("host:port")]
    [InlineData("host:70000")]
    [InlineData("::1:9092")]
    [InlineData("[x]:1")]
    public void Any_other_listen_address_is_refused(string text) => Assert.Contains("--listen is", Assert.Throws<CommandException>(() => ListenAddress.Parse(text, "--listen")).Message);

    [Fact]
    public void Clients_do_not_connect_to_the_address_that_means_all()
    {
        Assert.Equal("127.0.0.1:9092", ListenAddress.Parse("0.0.0.0:9092", "--listen").ForClients);
        Assert.Equal("broker:1", ListenAddress.Parse("broker:1", "--listen").ForClients);
    }
}
