using System.Diagnostics;
using System.Text.Json;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>
/// One real client as a member of a group, by the peers' command line for clients: what it reads is counted, and it can be stopped, killed and paused.
/// </summary>
internal sealed class ChurnMember : IDisposable
{
    readonly Process _process;
    readonly List<string> _errors = [];
    readonly Action<string> _read;
    bool _isPaused;

    /// <param name="driver">One of the peers' clients.</param>
    /// <param name="read">Told of the key of each record.</param>
    /// <param name="assignor">Of a classic group.</param>
    public ChurnMember(string driver, string bootstrap, string group, string topic, string protocol, Action<string> read, string assignor = "range")
    {
        (Driver, _read) = (driver, read);
        string[] arguments = ["group", "--bootstrap", bootstrap, "--group", group, "--topic", topic, "--protocol", protocol, "--session-timeout", "6000", "--commit-every", "20", "--timeout", "120"];
        if (protocol == "classic") arguments = [.. arguments, "--assignor", assignor];
        var start = new ProcessStartInfo(Path.Combine(PeersFolder.Required, "drivers", driver), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"the client {driver} did not start");
        _process.OutputDataReceived += Take;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Driver { get; }
    public bool HasEnded => _process.HasExited;

    public string Printed
    {
        get { lock (_errors) return string.Join('\n', _errors.TakeLast(20)); }
    }

    void Keep(string? line)
    {
        if (line is null) return;
        lock (_errors) _errors.Add(line);
    }

    void Take(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        JsonElement said;
        try
        {
            said = JsonDocument.Parse(line.Data).RootElement;
        }
        catch (JsonException)
        {
            // The last line of a killed client.
            return;
        }
        if (said.TryGetProperty("key", out var key) && key.GetString() is { } text) _read(text);
        else if (!said.TryGetProperty("committed", out _)) Keep(line.Data);
    }

    /// <summary>It leaves its group in order.</summary>
    public void Stop()
    {
        Resume();
        Signal("TERM");
        if (!_process.WaitForExit(TimeSpan.FromSeconds(30))) _process.Kill(entireProcessTree: true);
    }

    /// <summary>It is gone, and nobody is told.</summary>
    public void Crash()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>It stands still, as in a long collection of garbage, and believes when it goes on that nothing happened.</summary>
    public void Pause()
    {
        Signal("STOP");
        _isPaused = true;
    }

    public void Resume()
    {
        if (_isPaused) Signal("CONT");
        _isPaused = false;
    }

    void Signal(string name)
    {
        if (!_process.HasExited) Ran.Program("kill", [$"-{name}", $"{_process.Id}"], TimeSpan.FromSeconds(10));
    }

    public void Dispose()
    {
        if (!_process.HasExited) Crash();
        _process.Dispose();
    }
}
