using System.Diagnostics;
using System.Text.Json;

namespace Semel.Cli.Demo;

/// <summary>
/// A broker in a process of its own, started from the program that runs now. Its standard input is a pipe of ours, and it ends when that ends: so it
/// never outlives this process, however this one ends. Not thread safe, except for the count.
/// </summary>
public sealed class BrokerProcess : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    /// <summary>The event of the broker's log that says: this batch came again, and was acknowledged without being stored again.</summary>
    const string DuplicateEvent = "{\"event\":400,";

    const int LinesKept = 20;

    readonly Process _process;
    readonly Queue<string> _lastLines = new();
    readonly TaskCompletionSource _logEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long _duplicates;
    bool _isDisposed;

    BrokerProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => OnLogLine(line.Data);
        _process.BeginErrorReadLine();
    }

    public int Port { get; private set; }

    public int AdvertisedPort { get; private init; }

    /// <summary>How many batches the broker recognised as stored already.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>Starts a broker and waits until it serves.</summary>
    /// <param name="port">0 for any free one.</param>
    /// <param name="advertisedPort">Where clients are told to connect.</param>
    /// <exception cref="CommandException">It did not start; the message holds what it said.</exception>
    public static async Task<BrokerProcess> StartAsync(string folder, int port, int advertisedPort, CancellationToken stop)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        ThisProgram.Fill(start);
        foreach (var argument in (string[])["serve", "--listen", $"127.0.0.1:{port}", "--data-dir", Path.Combine(folder, "data"), "-X", $"advertised.listeners=PLAINTEXT://127.0.0.1:{advertisedPort}", "--json", "--log-level", "debug", "--until-input-ends"])
            start.ArgumentList.Add(argument);
        // The surroundings of the one who runs the demonstration have settings for their own broker, not for this one.
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith(Serve.ServeSettings.VariablePrefix, StringComparison.Ordinal)).ToList()) start.Environment.Remove(variable);
        var broker = new BrokerProcess(Process.Start(start)!) { AdvertisedPort = advertisedPort };
        try
        {
            await broker.WaitUntilItServesAsync(stop).ConfigureAwait(false);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the process at once, as a crash does: SIGKILL on Unix. Completes when it is gone and all it has said is read.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await _logEnded.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited) await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    async Task WaitUntilItServesAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(StartLimit);
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            line = null;
        }
        if (line is null) throw new CommandException(ExitCode.Failed, $"the broker process did not start: {LastWords()}");
        using var serving = JsonDocument.Parse(line);
        var address = serving.RootElement.GetProperty("address").GetString()!;
        Port = int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    void OnLogLine(string? line)
    {
        if (line is null)
        {
            _logEnded.TrySetResult();
            return;
        }
        if (line.StartsWith(DuplicateEvent, StringComparison.Ordinal)) Interlocked.Increment(ref _duplicates);
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LinesKept) _lastLines.Dequeue();
        }
    }

    string LastWords()
    {
        lock (_lastLines) return _lastLines.Count == 0 ? "it said nothing" : string.Join('\n', _lastLines);
    }
}
