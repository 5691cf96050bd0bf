using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Semel.Peers;

// Real clients and real Kafka take both cores of a small machine: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Semel.Compat.Tests;

/// <summary>`semel serve` as a user starts it: a process of its own on an empty folder and a free port. One for all tests of this assembly's classes that ask for it.</summary>
public sealed class ServedBroker : IDisposable
{
    /// <summary>As the peers start Apache Kafka: short sessions are permitted, and a group's first rebalance waits for nobody.</summary>
    internal static readonly string[] QuickGroups = ["-X", "group.min.session.timeout.ms=1000", "-X", "group.initial.rebalance.delay.ms=0"];

    readonly List<string> _lines = [];
    readonly Process _process;

    public ServedBroker()
    {
        Folder = Directory.CreateTempSubdirectory("semel-compat-").FullName;
        Port = FreePort.Next();
        _process = StartProcess();
    }

    public string Folder { get; }
    public int Port { get; }
    public string Bootstrap => $"127.0.0.1:{Port}";

    Process StartProcess()
    {
        var (file, arguments) = TestedProgram.Command(["serve", "--listen", Bootstrap, "--data-dir", Folder, .. QuickGroups]);
        var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }) ?? throw new InvalidOperationException("the broker did not start");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        WaitUntilItListens(process);
        return process;
    }

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_lines) _lines.Add(line.Data);
    }

    public string Printed
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    void WaitUntilItListens(Process process)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(30);)
        {
            if (process.HasExited) throw new InvalidOperationException($"semel serve ended with exit code {process.ExitCode}:\n{Printed}");
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) { process.WaitForExit(10); }
        }
        throw new TimeoutException($"semel serve does not listen on {Bootstrap} after 30 s:\n{Printed}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
