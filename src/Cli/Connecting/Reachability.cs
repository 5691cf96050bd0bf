using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Protocol;

namespace Semel.Cli.Connecting;

/// <summary>
/// Looks whether a broker answers at the given addresses, before a client is built that would keep trying for a minute: a person who mistyped a port wants to
/// know now. It connects and shakes hands as the client itself does, so whoever is found here can be talked to.
/// </summary>
public static class Reachability
{
    /// <param name="settings">Of the client that is to be built, bootstrap.servers among them.</param>
    /// <exception cref="CommandException">None of the addresses is a broker's.</exception>
    /// <exception cref="Client.KafkaConfigException">A setting cannot be.</exception>
    public static async Task CheckAsync(IReadOnlyDictionary<string, string> settings, CancellationToken stop)
    {
        var values = ConfigValues.Parse(AdminSettings.Of(settings, ConnectionOptions.SetupLimit), ConfigRole.Admin);
        var options = ConnectionConfig.Options(values, "semel", TimeProvider.System, NullLogger.Instance);
        var dialer = new Dialer(options);
        using var found = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // All at once: several that do not answer take no longer than one.
        var attempts = options.BootstrapServers.Select(address => (Address: address, Reason: TryAsync(dialer, address, options.SetupTimeout, found.Token))).ToList();
        await foreach (var ended in Task.WhenEach(attempts.Select(attempt => attempt.Reason)).ConfigureAwait(false))
        {
            stop.ThrowIfCancellationRequested();
            if (await ended.ConfigureAwait(false) is not null) continue;
            await found.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(attempts.Select(attempt => attempt.Reason))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        var reasons = new List<string>();
        foreach (var (address, reason) in attempts) reasons.Add($"{address}: {await reason.ConfigureAwait(false)}");
        throw new CommandException(ExitCode.CannotConnect, $"no broker can be reached ({string.Join("; ", reasons)}).", "Start one with 'semel serve', or give another address with --bootstrap-server HOST:PORT.");
    }

    /// <returns>Why not; null when a broker answered.</returns>
    static async Task<string?> TryAsync(Dialer dialer, BrokerAddress address, TimeSpan limit, CancellationToken stop)
    {
        try
        {
            await (await dialer.DialAsync(NodeId.None, address, limit, stop).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (BrokerConnectionException failure)
        {
            return failure.Cause == Client.UnreachableCause.Refused ? "nobody listens there" : failure.Message;
        }
    }
}
