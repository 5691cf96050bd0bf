using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Semel.Broker.Hosting;
using Semel.Cli.Output;
using Semel.Log;
using Semel.Log.Segments;

namespace Semel.Cli.Serve;

/// <summary>Starts a broker, and says in words what to do when it cannot be started.</summary>
public static class BrokerStart
{
    /// <exception cref="CommandException">With the exit code for the reason.</exception>
    public static async Task<SemelBroker> StartAsync(BrokerOptions options, Terminal terminal, ILoggerFactory loggers)
    {
        if (FileInTheWay(options.DataDirectory) is { } file)
            throw new CommandException(ExitCode.CannotUseFolder, $"the data folder {options.DataDirectory} cannot be used: {file} is a file.", "Give a folder with --data-dir, or move the file away.");
        try
        {
            return await SemelBroker.StartAsync(options with { OwnsProcess = true }, loggers: loggers, time: terminal.Time).ConfigureAwait(false);
        }
        catch (BrokerConfigException refused)
        {
            throw CommandException.Usage(refused.Message);
        }
        catch (BrokerResourcesException scarce)
        {
            throw new CommandException(ExitCode.Failed, scarce.Message, inner: scarce);
        }
        catch (SocketException failure)
        {
            throw CannotListen($"{options.Host}:{options.Port}", failure);
        }
        catch (LogDamagedException damage)
        {
            throw new CommandException(ExitCode.Damaged, damage.Message, $"Nothing was changed. 'semel log dump {options.DataDirectory}' shows every damaged place.", damage);
        }
        catch (LogStoreException failure)
        {
            // Its message names the folder, the reason and the remedy.
            throw new CommandException(ExitCode.CannotUseFolder, failure.Message, inner: failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw CannotUse(options, failure.Message, "Give this user the right to write there, or another folder with --data-dir.", failure);
        }
        catch (IOException failure)
        {
            throw CannotUse(options, failure.Message, "If another broker uses it, stop that one; otherwise give another folder with --data-dir.", failure);
        }
    }

    static CommandException CannotListen(string address, SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => new CommandException(ExitCode.CannotListen, $"{address} is in use by another process.", "Stop that process, or listen elsewhere: --listen 127.0.0.1:9093, or port 0 for any free one.", failure),
        SocketError.AccessDenied => new CommandException(ExitCode.CannotListen, $"this user may not listen on {address}.", "Take a port from 1024 on: --listen 127.0.0.1:9092.", failure),
        SocketError.AddressNotAvailable => new CommandException(ExitCode.CannotListen, $"{address} is no address of this machine.", "Give one it has, 127.0.0.1, or 0.0.0.0 for all of them.", failure),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new CommandException(ExitCode.CannotListen, $"the name in {address} is not known.", "Give an address, such as 127.0.0.1.", failure),
        _ => new CommandException(ExitCode.CannotListen, $"{address} cannot be listened on: {failure.Message}", "Listen elsewhere with --listen.", failure),
    };

    static CommandException CannotUse(BrokerOptions options, string reason, string remedy, Exception failure) =>
        new(ExitCode.CannotUseFolder, $"the data folder {options.DataDirectory} cannot be used: {reason}", remedy, failure);

    /// <summary>The folder itself, or one above it, that is a file; null when there is none.</summary>
    static string? FileInTheWay(string? folder)
    {
        while (folder is not null && !Directory.Exists(folder))
        {
            if (File.Exists(folder)) return folder;
            folder = Path.GetDirectoryName(folder);
        }
        return null;
    }
}
