using System.Globalization;
using System.Net.Sockets;

namespace Semel.Cli.Connecting;

/// <summary>
/// Looks whether anybody listens at the given addresses, before a client is built that would keep trying for a minute: a person who mistyped a port wants to
/// know now.
/// </summary>
public static class Reachability
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <exception cref="CommandException">None of the addresses takes a connection.</exception>
    public static async Task CheckAsync(string bootstrapServers, CancellationToken stop)
    {
        var reasons = new List<string>();
        using var found = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // All at once: several that do not answer take no longer than one.
        var attempts = bootstrapServers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(address => (Address: address, Reason: TryConnectAsync(address, found.Token))).ToList();
        await foreach (var ended in Task.WhenEach(attempts.Select(attempt => attempt.Reason)).ConfigureAwait(false))
        {
            stop.ThrowIfCancellationRequested();
            if (await ended.ConfigureAwait(false) is not null) continue;
            await found.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(attempts.Select(attempt => attempt.Reason))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        foreach (var (address, reason) in attempts) reasons.Add($"{address}: {await reason.ConfigureAwait(false)}");
        if (reasons.Count == 0) throw CommandException.Usage("--bootstrap-server is empty.", "Give HOST:PORT, for example 127.0.0.1:9092.");
        throw new CommandException(ExitCode.CannotConnect, $"no broker can be reached ({string.Join("; ", reasons)}).", "Start one with 'semel serve', or give another address with --bootstrap-server HOST:PORT.");
    }

    /// <returns>Why not; null when a connection was taken.</returns>
    static async Task<string?> TryConnectAsync(string address, CancellationToken stop)
    {
        var colon = address.LastIndexOf(':');
        if (!int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            throw CommandException.Usage($"--bootstrap-server is '{address}', but the port must be a number from 1 to 65535.");
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address[..colon].Trim('[', ']'), port, limited.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode == SocketError.ConnectionRefused ? "nobody listens there" : failure.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"no connection within {Limit.TotalSeconds:0} s";
        }
    }
}
