using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Semel.Broker.Hosting;
using Semel.Cli.Output;
using Semel.Cli.Serve;

namespace Semel.Cli.Tests.Serve;

public sealed class ServeCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel serve ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    Task<RunResult> RunAsync(params string[] arguments) => RunResult.OfAsync(["serve", .. arguments], "", [], _folder, CancellationToken.None);

    [Fact]
    public async Task It_serves_until_it_is_interrupted_and_then_ends_with_success()
    {
        using var stop = new CancellationTokenSource();
        var started = new StartSignal(stop);
        await using var error = new StringWriter();
        var terminal = new Terminal { Input = Stream.Null, Output = new OutputText(started), Error = error, WorkingDirectory = _folder, Environment = new Dictionary<string, string>() };
        Assert.Equal(ExitCode.Success, await CommandLine.RunAsync(["serve", "--listen", "127.0.0.1:0", "--in-memory"], terminal, stop.Token));
        var text = Encoding.UTF8.GetString(started.ToArray());
        Assert.Matches(@"listening on    127\.0\.0\.1:[1-9]\d*\n", text);
        Assert.Contains("data in         memory", text);
        Assert.Matches(@"semel produce -b 127\.0\.0\.1:\d+ -t first", text);
        Assert.Matches(@"kcat -P -b 127\.0\.0\.1:\d+ -t first", text);
        Assert.EndsWith("Stopped.\n", text);
        Assert.True(text.Split('\n').Length < 24, "it must fit on one screen");
    }

    /// <summary>Output that interrupts the command as soon as something is written.</summary>
    sealed class StartSignal(CancellationTokenSource stop) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            stop.Cancel();
        }
    }

    [Fact]
    public async Task It_stops_when_its_input_ends_and_tells_its_address_as_json()
    {
        var result = await RunAsync("--listen", "127.0.0.1:0", "--in-memory", "--json", "--until-input-ends");
        Assert.Equal(ExitCode.Success, result.ExitCode);
        var serving = JsonDocument.Parse(Assert.Single(result.Lines)).RootElement;
        Assert.Equal("serving", serving.GetProperty("event").GetString());
        Assert.NotEqual(0, IPEndPoint.Parse(serving.GetProperty("address").GetString()!).Port);
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_remedy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var result = await RunAsync("--listen", taken.LocalEndpoint.ToString()!, "--in-memory");
        Assert.Equal(ExitCode.CannotListen, result.ExitCode);
        Assert.Contains($"{taken.LocalEndpoint} is in use", result.Error);
        Assert.Contains("--listen", result.Error);
    }

    [Fact]
    public async Task A_folder_that_another_broker_uses_or_that_is_a_file_is_refused_with_the_remedy()
    {
        await using var other = await SemelBroker.StartAsync(new BrokerOptions { Port = 0, DataDirectory = Path.Combine(_folder, "data") });
        var locked = await RunAsync("--listen", "127.0.0.1:0", "--data-dir", "data");
        Assert.Equal(ExitCode.CannotUseFolder, locked.ExitCode);
        Assert.Contains("in use", locked.Error);
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        foreach (var folder in (string[])["file", "file/below"])
        {
            var file = await RunAsync("--listen", "127.0.0.1:0", "--data-dir", folder);
            Assert.Equal(ExitCode.CannotUseFolder, file.ExitCode);
            Assert.Contains($"{Path.Combine(_folder, "file")} is a file.", file.Error);
            Assert.Contains("Give a folder with --data-dir", file.Error);
        }
    }

    [Fact]
    public async Task What_a_broker_has_stored_is_dumped_without_damage()
    {
        var options = new BrokerOptions { Port = 0, DataDirectory = Path.Combine(_folder, "data") };
        await using (var broker = await SemelBroker.StartAsync(options))
            Assert.Equal(ExitCode.Success, (await RunResult.WithInputAsync("a\nb\n", "produce", "-t", "stored", "-b", broker.BootstrapServers)).ExitCode);
        var dump = await RunResult.OfAsync("log", "dump", "--data-dir", options.DataDirectory, "--topic", "stored", "--records");
        Assert.Equal((ExitCode.Success, ""), (dump.ExitCode, dump.Error));
        Assert.Contains(dump.Lines, line => line.EndsWith("payload: b"));
        Assert.Contains(dump.Lines, line => line.Contains("baseSequence: 0"));
        Assert.Contains("no segment file there belongs to topic 'other'", (await RunResult.OfAsync("log", "dump", options.DataDirectory, "-t", "other")).Error);
    }

    [Fact]
    public async Task The_paths_in_the_examples_of_log_dump_are_those_that_a_broker_makes()
    {
        await using (var broker = await SemelBroker.StartAsync(new BrokerOptions { Port = 0, DataDirectory = Path.Combine(_folder, ServeCommand.DefaultDataDirectory) }))
            Assert.Equal(ExitCode.Success, (await RunResult.WithInputAsync("a\n", "produce", "-t", "orders", "-b", broker.BootstrapServers)).ExitCode);
        foreach (var example in new Semel.Cli.Dump.LogDumpCommand().Syntax.Examples)
        {
            var path = example.Split(' ')[^1];
            var folder = _folder;
            foreach (var name in path.Split('/')) folder = Assert.Single(Directory.EnumerateFileSystemEntries(folder, name));
            Assert.Equal(ExitCode.Success, (await RunResult.OfAsync("log", "dump", folder)).ExitCode);
        }
    }

    [Theory]
    [InlineData("--listen=127.0.0.1:x", "--listen is '127.0.0.1:x'")]
    [InlineData("--flush=tape", "--flush is 'tape', but must be one of: disk, os.")]
    [InlineData("-Xnum.partitions=0", "--set: num.partitions cannot be '0'")]
    [InlineData("-Xnum.partition=1", "Did you mean num.partitions?")]
    [InlineData("--config=none.json", "none.json cannot be read")]
    [InlineData("--data-dir=", "--data-dir: the data folder has no name")]
    [InlineData("--log-level=loud", "--log-level is 'loud'")]
    public async Task A_setting_that_cannot_be_is_refused_with_its_place(string argument, string message)
    {
        var result = await RunAsync(argument, "--in-memory");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    /// <summary>With the names, and the values, that Kafka's own file for a single node has.</summary>
    const string KafkasOwn = """
        # The role of this server
        process.roles=broker,controller
        node.id=1
        controller.quorum.bootstrap.servers=localhost:9093
        listeners=PLAINTEXT://:9092,CONTROLLER://:9093
        inter.broker.listener.name=PLAINTEXT
        advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
        num.network.threads=3
        num.io.threads=8
        socket.send.buffer.bytes=102400
        socket.receive.buffer.bytes=102400
        socket.request.max.bytes=104857600
        log.dirs=kraft-logs
        num.partitions=1
        num.recovery.threads.per.data.dir=2
        offsets.topic.replication.factor=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        #log.flush.interval.messages=10000
        log.retention.hours=168
        log.segment.bytes=1073741824
        log.retention.check.interval.ms=300000
        """;

    [Fact]
    public async Task A_file_of_Kafkas_own_is_taken_and_all_of_it_that_has_no_effect_is_told_once()
    {
        File.WriteAllText(Path.Combine(_folder, "server.properties"), KafkasOwn);
        var result = await RunAsync("--config", "server.properties", "--settings");
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Contains("listeners = PLAINTEXT://0.0.0.0:9092", result.Lines);
        Assert.Contains("advertised.listeners = PLAINTEXT://localhost:9092", result.Lines);
        var told = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (var name in (string[])["process.roles", "controller.quorum.bootstrap.servers", "num.io.threads", "log.retention.hours", "transaction.state.log.min.isr", "listener.security.protocol.map"]) Assert.Contains(name, told);
        Assert.DoesNotContain("num.partitions", told);
    }

    [Fact]
    public async Task What_cannot_be_in_a_file_is_told_all_at_once()
    {
        File.WriteAllText(Path.Combine(_folder, "server.properties"), "num.partitions: many\nnode.id = -1\n");
        var result = await RunAsync("--config", "server.properties", "--settings");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("line 1: num.partitions cannot be 'many'", result.Error);
        Assert.Contains("line 2: node.id cannot be '-1'", result.Error);
    }

    [Fact]
    public async Task A_default_of_topics_that_has_no_effect_is_told_at_the_start()
    {
        var result = await RunAsync("--listen", "127.0.0.1:0", "--in-memory", "--until-input-ends", "-X", "log.retention.ms=1000", "-X", "log.segment.bytes=2000000");
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Contains("retention.ms=1000: kept and told, without effect on this broker", result.Error);
        Assert.DoesNotContain("segment.bytes", result.Error);
    }

    [Fact]
    public async Task The_settings_are_listed_with_what_is_in_effect_and_why()
    {
        File.WriteAllText(Path.Combine(_folder, "semel.json"), """{ "num.partitions": 7 }""");
        var text = await RunAsync("--settings", "--data-dir", "here");
        Assert.Equal(ExitCode.Success, text.ExitCode);
        Assert.Contains("num.partitions = 7", text.Lines);
        Assert.Contains($"log.dirs = {Path.Combine(_folder, "here")}", text.Lines);
        var json = JsonDocument.Parse((await RunAsync("--settings", "--json")).Output).RootElement;
        Assert.Contains(json.EnumerateArray(), entry => entry.GetProperty("name").GetString() == "num.partitions" && entry.GetProperty("origin").GetString() == "semel.json");
    }
}
