using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>A real Apache Kafka of one broker, from the peers.</summary>
public sealed class ApacheKafka : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel-kafka-").FullName;

    public ApacheKafka()
    {
        Port = ServedBroker.FreePort();
        Command("start", "--port", $"{Port}", "--dir", _folder, "--set", "num.partitions=3");
    }

    public int Port { get; }
    public string Bootstrap => $"127.0.0.1:{Port}";

    /// <summary>SIGKILL, and a start on the same data.</summary>
    public void KillAndRestart()
    {
        Command("kill", "1", "--dir", _folder);
        Command("restart", "1", "--dir", _folder);
    }

    static void Command(params string[] arguments)
    {
        var ran = Ran.Program(Path.Combine(PeersFolder.Required, "kafka"), arguments, TimeSpan.FromSeconds(90));
        if (ran.ExitCode != 0) throw new InvalidOperationException($"kafka {string.Join(' ', arguments)}: {ran.Output}{ran.Error}");
    }

    public void Dispose()
    {
        Command("stop", "--dir", _folder, "--remove");
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
