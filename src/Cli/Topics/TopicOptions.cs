using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Topics;

/// <summary>What the topic commands share.</summary>
public static class TopicOptions
{
    /// <summary>How long an answer is waited for: to a question, and to a change, which may take the broker longer.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(6), ChangeLimit = TimeSpan.FromSeconds(30);

    public static readonly Option Topic = new("--topic", "TOPIC", "a topic, as an operand is") { Aliases = ["-t"], Repeats = true };

    /// <summary>The names given as operands and by --topic, each once; separated by commas as well.</summary>
    /// <exception cref="CommandException">An empty text stands for a name: it comes from a variable of the shell that is not set, and must not mean all
    /// topics.</exception>
    public static IReadOnlyList<string> Names(ParsedArguments arguments)
    {
        var given = arguments.Operands.Concat(arguments.All(Topic)).ToList();
        if (given.Any(string.IsNullOrWhiteSpace)) throw CommandException.Usage("an empty text was given as TOPIC.", $"Give the name of a topic, for example: semel {arguments.Syntax.Name} orders");
        return [.. given.SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
    }

    /// <exception cref="CommandException">No name is given.</exception>
    public static IReadOnlyList<string> RequiredNames(ParsedArguments arguments) => Names(arguments) is { Count: > 0 } names
        ? names
        : throw CommandException.Usage($"'semel {arguments.Syntax.Name}' needs the name of a topic.", $"For example: semel {arguments.Syntax.Name} orders");

    /// <summary>Connects, asks, and puts failures into words.</summary>
    public static Task<T> WithAdminAsync<T>(ParsedArguments arguments, Terminal terminal, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop) =>
        WithAdminAsync(Settings(arguments, terminal, Limit, stop), terminal, givesUp: false, (admin, token) =>
        {
            ConnectionOptions.TellUnused(arguments, terminal, admin.Config);
            return work(admin, token);
        }, stop);

    /// <summary>The same for work that changes topics: when it is interrupted, nobody knows whether it was done, and that is said.</summary>
    /// <param name="done">What may have become of the topics.</param>
    public static async Task<T> ChangeAsync<T>(ParsedArguments arguments, Terminal terminal, string done, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        var hasBegun = false;
        try
        {
            return await WithAdminAsync(Settings(arguments, terminal, ChangeLimit, stop), terminal, givesUp: true, (admin, token) =>
            {
                ConnectionOptions.TellUnused(arguments, terminal, admin.Config);
                hasBegun = true;
                return work(admin, token);
            }, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException failure) when (stop.IsCancellationRequested && hasBegun)
        {
            throw new CommandException(ExitCode.Interrupted, $"interrupted: the topics may have been {done}, or not.", "'semel topics list' shows the topics there are.", failure);
        }
    }

    static Dictionary<string, string> Settings(ParsedArguments arguments, Terminal terminal, TimeSpan limit, CancellationToken stop) => ConnectionOptions.Read(arguments, terminal,
        [new("default.api.timeout.ms", limit.TotalMilliseconds.ToString("0")), new("socket.connection.setup.timeout.ms", ConnectionOptions.SetupLimit)], stop);

    /// <param name="givesUp">A broker that cannot be reached ends the work as a whole. Otherwise each part of it tells its own failure when the settings'
    /// limit is over.</param>
    public static async Task<T> WithAdminAsync<T>(IReadOnlyDictionary<string, string> settings, Terminal terminal, bool givesUp, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        await using var watch = new TroubleWatch(terminal, givesUp, stop);
        try
        {
            await using var admin = new AdminClient(settings);
            admin.Unreachable += told => watch.Happened(Trouble.Of(told));
            await Reachability.CheckAsync(settings["bootstrap.servers"], stop).ConfigureAwait(false);
            watch.Asked();
            return await work(admin, watch.Token).ConfigureAwait(false);
        }
        catch (KafkaException failure)
        {
            throw ClientFailure.Of(failure);
        }
        catch (OperationCanceledException failure) when (watch.GivenUp is { } trouble)
        {
            throw new CommandException(trouble.ExitCode, $"given up: {trouble.Message}.", trouble.Remedy is { } remedy ? remedy + "." : null, failure);
        }
    }
}
