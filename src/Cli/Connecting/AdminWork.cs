using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Connecting;

/// <summary>What every command does that asks a cluster something or changes it: connects, works, and puts failures into words.</summary>
public static class AdminWork
{
    /// <summary>How long an answer is waited for: to a question, and to a change, which may take the broker longer.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(6), ChangeLimit = TimeSpan.FromSeconds(30);

    /// <summary>Asks.</summary>
    public static Task<T> AskAsync<T>(ParsedArguments arguments, Terminal terminal, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop) =>
        WithAdminAsync(Settings(arguments, terminal, Limit, stop), terminal, givesUp: false, (admin, token) =>
        {
            ConnectionOptions.TellUnused(arguments, terminal, admin.Config);
            return work(admin, token);
        }, stop);

    /// <summary>The same for work that changes something: when it is interrupted, nobody knows whether it was done, and that is said.</summary>
    /// <param name="uncertain">What may have happened, a sentence without its beginning: "the topics may have been made, or not".</param>
    /// <param name="remedy">How to see what did, a whole sentence.</param>
    public static async Task<T> ChangeAsync<T>(ParsedArguments arguments, Terminal terminal, string uncertain, string remedy, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop)
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
            throw new CommandException(ExitCode.Interrupted, $"interrupted: {uncertain}.", remedy, failure);
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
            await Reachability.CheckAsync(settings, stop).ConfigureAwait(false);
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
