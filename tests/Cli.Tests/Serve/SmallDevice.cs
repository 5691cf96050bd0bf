using System.Diagnostics;
using System.Text.Json;
using Semel.Peers;

namespace Semel.Cli.Tests.Serve;

/// <summary>
/// A file system of a few megabytes, and the broker that lives on it as a process. The mount is in a name space of its own: only that broker and its
/// shell see it, and it is gone with them. Linux only, where the user may make such a name space.
/// </summary>
sealed class SmallDevice : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Mounts, then starts the command for each line that it reads, tells its process id, and waits for its end.</summary>
    const string Script = """
        mount -t tmpfs -o "$1" semel "$2" || exit 3
        shift 2
        while read -r line; do
            "$@" &
            echo "pid $!"
            wait $!
            echo "ended $?"
        done
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-device-").FullName;
    readonly Process _shell;
    readonly Task<string> _errors;
    int _broker;

    /// <summary>Why no device can be made here; null when one can.</summary>
    public static string? Absence { get; } = FindAbsence();

    /// <param name="options">Of the mount: "size=24m" or "size=1m,ro".</param>
    public SmallDevice(string options)
    {
        var (file, arguments) = TestedProgram.Command("serve", "--json", "--listen", "127.0.0.1:0", "--log-level", "error", "--data-dir", Path.Combine(_folder, "data"));
        var start = new ProcessStartInfo("unshare", [.. NameSpace, "sh", "-c", Script, "sh", options, _folder, file, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _shell = Process.Start(start)!;
        _errors = _shell.StandardError.ReadToEndAsync();
    }

    static string[] NameSpace => Environment.IsPrivilegedProcess ? ["--mount"] : ["--mount", "--map-root-user"];

    static string? FindAbsence()
    {
        if (!OperatingSystem.IsLinux()) return "small devices are made by Linux's mount name spaces";
        var folder = Directory.CreateTempSubdirectory("semel-device-");
        try
        {
            var ran = Ran.Program("unshare", [.. NameSpace, "mount", "-t", "tmpfs", "-o", "size=1m", "semel", folder.FullName], Patience);
            return ran.ExitCode == 0 ? null : $"this user may not mount a small file system: {ran.Error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return $"unshare cannot be run: {missing.Message}";
        }
        finally
        {
            folder.Delete();
        }
    }

    /// <returns>Where the broker listens.</returns>
    public async Task<string> StartBrokerAsync()
    {
        await BeginAsync();
        return JsonDocument.Parse(await ReadLineAsync()).RootElement.GetProperty("address").GetString()!;
    }

    /// <summary>Starts a broker that does not come far.</summary>
    public async Task<(ExitCode ExitCode, string Error)> FailToStartAsync()
    {
        await BeginAsync();
        var code = await EndedAsync();
        _shell.StandardInput.Close();
        return (code, await _errors.WaitAsync(Patience));
    }

    async Task BeginAsync()
    {
        await _shell.StandardInput.WriteLineAsync("start");
        await _shell.StandardInput.FlushAsync();
        _broker = int.Parse((await ReadLineAsync())["pid ".Length..]);
    }

    async Task<ExitCode> EndedAsync() => (ExitCode)int.Parse((await ReadLineAsync())["ended ".Length..]);

    /// <summary>SIGKILL.</summary>
    public async Task KillBrokerAsync()
    {
        using var broker = Process.GetProcessById(_broker);
        broker.Kill();
        await EndedAsync();
    }

    async Task<string> ReadLineAsync() => await _shell.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new IOException($"the shell ended: {await _errors}");

    public void Dispose()
    {
        _shell.Kill(entireProcessTree: true);
        _shell.WaitForExit();
        _shell.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A test on a small device; skipped, with the reason, where none can be made.</summary>
public sealed class SmallDeviceFactAttribute : FactAttribute
{
    public SmallDeviceFactAttribute() => Skip = SmallDevice.Absence;
}
