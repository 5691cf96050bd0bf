using Microsoft.Extensions.Logging;
using Semel.Broker.Hosting;
using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;

namespace Semel.Cli.Serve;

/// <summary>Runs a broker until it is interrupted.</summary>
public sealed class ServeCommand : Command
{
    public const string DefaultDataDirectory = "semel-data";

    static readonly string[] Flushes = ["disk", "os"], Levels = ["debug", "info", "warning", "error"];

    static readonly Option<ListenAddress> Listen = new("--listen", "HOST:PORT", "where clients connect; port 0 takes any free one", static (option, text) => ListenAddress.Parse(text, option)) { Default = "127.0.0.1:9092" };
    static readonly Option DataDir = new("--data-dir", "DIR", "the folder of all data; made when it is not there") { Default = DefaultDataDirectory, Completes = Completes.Folder };
    static readonly Option InMemory = new("--in-memory", null, "keep all data in memory: nothing outlives the process");
    static readonly Option<string> Flush = new("--flush", "disk|os", "acknowledge when the data is on disk, or when the operating system has it", OptionType.OneOf(Flushes)) { Default = "disk", Choices = Flushes };
    static readonly Option Config = new("--config", "FILE", $"a file of settings, JSON or lines of NAME=VALUE") { Default = $"{ServeSettings.DefaultFile} if it is there", Completes = Completes.File };
    static readonly Option<KeyValuePair<string, string>> Set = new("--set", "NAME=VALUE", "any setting of the broker", OptionType.Pair) { Aliases = ["-X", "--override"], Repeats = true };
    static readonly Option Settings = new("--settings", null, "list the settings there are, with the values in effect, and end");
    static readonly Option<string> Level = new("--log-level", "LEVEL", "the least important lines of the broker's log that are printed: debug, info, warning, error", OptionType.OneOf(Levels)) { Default = "info", Choices = Levels };
    static readonly Option UntilInputEnds = new("--until-input-ends", null, "stop when standard input ends: the process that started this one is gone") { Hidden = true };

    public override Syntax Syntax { get; } = new("serve", "start a broker")
    {
        Options = [Listen, DataDir, InMemory, Flush, Config, Set, Settings, Level, UntilInputEnds, .. OutputOptions.All],
        Notes =
        [
            $"Settings have Kafka's names where Kafka has them. They come from a file, from environment variables ({ServeSettings.VariableOf("num.partitions")} is num.partitions) and from the command line; the command line wins over the environment, the environment over the file. 'semel serve --settings' lists them.",
            "Ctrl-C and SIGTERM stop the broker in order; the exit code is 0 then. A broker that is killed loses nothing that was acknowledged.",
        ],
        Examples = ["semel serve", "semel serve --listen 0.0.0.0:9092 --data-dir /var/lib/semel", "semel serve -X num.partitions=4 -X auto.create.topics.enable=false"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var settings = Read(arguments, terminal, stop);
        if (arguments.Has(InMemory) && arguments.Has(DataDir)) throw CommandException.Usage("--in-memory and --data-dir are two answers to one question.", "Give one of them: data in memory is gone when the broker stops.");
        var options = BrokerSettings.Apply(settings, terminal);
        if (arguments.Has(Settings))
        {
            SettingList.Write(terminal.Output, options, settings, arguments.WantsJson());
            return ExitCode.Success;
        }
        if (arguments.Has(InMemory)) options = options with { DataDirectory = null };
        var level = arguments.Value(Level, "info") switch { "debug" => LogLevel.Debug, "warning" => LogLevel.Warning, "error" => LogLevel.Error, _ => LogLevel.Information };
        await using var broker = await BrokerStart.StartAsync(options, terminal, new LineLoggerFactory(terminal, level, arguments.WantsJson())).ConfigureAwait(false);
        ServeBanner.Write(terminal, broker, arguments.WantsJson());
        terminal.Output.Flush();
        await WaitAsync(arguments.Has(UntilInputEnds) ? terminal.Input : null, stop).ConfigureAwait(false);
        await broker.StopAsync().ConfigureAwait(false);
        // The broker's log has said why.
        if (broker.NotClosed is not null) return ExitCode.NotClosed;
        if (!arguments.WantsJson()) terminal.Output.WriteLine("Stopped.");
        return ExitCode.Success;
    }

    static ServeSettings Read(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var settings = new ServeSettings(BrokerSettings.KnownNames);
        settings.Add(new Setting("log.dirs", DefaultDataDirectory, "default"));
        settings.AddFile(terminal, arguments.Text(Config), stop);
        settings.AddEnvironment(terminal);
        foreach (var (name, value) in arguments.Values(Set)) settings.Add(new Setting(name, value, Set.Name));
        if (arguments.Find(Listen) is { } listen) settings.Add(new Setting("listeners", $"PLAINTEXT://{listen}", Listen.Name));
        if (arguments.Text(DataDir) is { } folder) settings.Add(new Setting("log.dirs", folder, DataDir.Name));
        if (arguments.Text(Flush) is { } flush) settings.Add(new Setting("flush", flush, Flush.Name));
        if (settings.Find("log.dirs") is { Value: "" } unnamed) throw CommandException.Usage($"{unnamed.Origin}: the data folder has no name.", "Give --data-dir DIR, or leave it out for ./" + DefaultDataDirectory + ".");
        if (settings.Find("log.dirs") is { } data) settings.Add(data with { Value = terminal.FullPath(data.Value) });
        return settings;
    }

    static async Task WaitAsync(Stream? input, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        // The reader is left behind when the other event comes first: a read of standard input cannot be called back.
        var ended = input is null ? Task.Delay(Timeout.Infinite, CancellationToken.None) : Task.Run(() => ReadToEnd(input), CancellationToken.None);
        await Task.WhenAny(stopped.Task, ended).ConfigureAwait(false);
    }

    static void ReadToEnd(Stream input)
    {
        var ignored = new byte[256];
        while (input.Read(ignored) > 0) ;
    }
}
