using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Semel.Peers;

namespace Semel.BrokerBench;

/// <summary>One broker under measurement: how it is started on a free port and an empty folder.</summary>
sealed record Target(string Name, Func<int, string, int, (string File, string[] Arguments)> Command, IReadOnlyDictionary<string, string>? Environment = null)
{
    /// <param name="name">Which build it is, where two are compared.</param>
    /// <param name="program">The program itself; null for the checkout's own ./semel.</param>
    public static Target Semel(string root, string flush, string name = "semel", string? program = null) => new($"{name} flush={flush}",
        (port, folder, partitions) => (program ?? Path.Combine(root, "semel"), ["serve", "--listen", $"127.0.0.1:{port}", "--data-dir", folder, "-X", $"flush={flush}", "-X", $"num.partitions={partitions}"]));

    /// <summary>Apache Kafka with the heap and the collector of its own start script, not forced as is its default.</summary>
    public static Target Kafka(string peers) => new($"kafka {PeersFolder.KafkaVersion}",
        (port, folder, partitions) => (Path.Combine(peers, "kafka"), ["run", "--port", $"{port}", "--dir", folder, "--fresh", "--set", $"num.partitions={partitions}"]),
        new Dictionary<string, string> { ["KAFKA_HEAP"] = "-Xms1g -Xmx1g", ["KAFKA_GC"] = "-XX:+UseG1GC" });

    /// <summary>The bare loop that shows what this machine can do: --skeleton names its built program.</summary>
    public static Target Skeleton(string program, string sync) => new($"skeleton sync={sync}",
        (port, folder, partitions) => (program, ["--port", $"{port}", "--dir", folder, "--sync", sync, "--partitions", $"{partitions}"]));
}

/// <summary>A running broker. Disposing stops it by its process id and removes its folder.</summary>
sealed class BrokerProcess : IDisposable
{
    readonly Process _process;
    readonly bool _keepFolder;

    BrokerProcess(Process process, int port, string folder, bool keepFolder) => (_process, Port, Folder, _keepFolder) = (process, port, folder, keepFolder);

    public int Port { get; }
    public string Folder { get; }
    public string Bootstrap => $"127.0.0.1:{Port}";

    /// <param name="folder">Kept when it is given; otherwise one is made and removed.</param>
    /// <param name="fixedPort">To come back where clients know it.</param>
    public static BrokerProcess Start(Target target, int partitions, string? folder = null, int? fixedPort = null)
    {
        var port = fixedPort ?? FreePort();
        var data = folder ?? Directory.CreateTempSubdirectory("semel-bench-").FullName;
        var (file, arguments) = target.Command(port, data, partitions);
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in target.Environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text && Environment.GetEnvironmentVariable("BENCH_VERBOSE") == "1") Console.Error.WriteLine(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var broker = new BrokerProcess(process, port, data, keepFolder: folder is not null);
        broker.WaitUntilItListens();
        return broker;
    }

    void WaitUntilItListens()
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(60); Thread.Sleep(1))
        {
            if (_process.HasExited) throw new InvalidOperationException($"the broker ended with exit code {_process.ExitCode}; BENCH_VERBOSE=1 shows what it said");
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) { }
        }
        throw new TimeoutException("the broker does not listen after 60 s");
    }

    /// <summary>Processor time of the broker so far, in seconds, the system's share included.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public double ResidentMiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>How many descriptors the process has open; 0 where the system does not tell.</summary>
    public int Descriptors => Directory.Exists($"/proc/{_process.Id}/fd") ? Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length : 0;

    /// <summary>Asks it to end as SIGTERM does, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public int Terminate()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) kill.WaitForExit();
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
        if (!_keepFolder) Directory.Delete(Folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
