using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>A real Apache Kafka of one broker or three, from the peers.</summary>
public sealed class ApacheKafka : IDisposable
{
    /// <summary>The brokers listen on the first of these ports, their controllers on the last.</summary>
    const int Ports = 13;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-kafka-").FullName;
    readonly int _port = FreePort.Next(Ports);
    readonly int _brokers;

    readonly string[] _settings, _features;

    /// <param name="settings">NAME=VALUE, beside the peers' own.</param>
    public ApacheKafka(int brokers = 1, params string[] settings) : this(brokers, [], settings) { }

    ApacheKafka(int brokers, string[] features, string[] settings)
    {
        (_brokers, _features, _settings) = (brokers, features, settings);
        Start();
    }

    /// <summary>With these levels of features, NAME=LEVEL, in place of the highest.</summary>
    public static ApacheKafka WithFeatures(params string[] features) => new(1, features, []);

    void Start() => Command(["start", "--brokers", $"{_brokers}", "--port", $"{_port}", "--dir", _folder, .. _settings.Prepend("num.partitions=3").SelectMany(setting => (string[])["--set", setting]),
        .. _features.SelectMany(feature => (string[])["--feature", feature])]);

    /// <summary>Another cluster, without a record, at the same address.</summary>
    public void ComeBackEmpty()
    {
        Command("stop", "--dir", _folder, "--remove");
        Start();
    }

    public string Bootstrap => string.Join(',', Enumerable.Range(_port, _brokers).Select(port => $"127.0.0.1:{port}"));

    /// <summary>SIGKILL for one of the brokers, counted from 1, and a start on the same data.</summary>
    public void KillAndRestart(int broker = 1)
    {
        Command("kill", $"{broker}", "--dir", _folder);
        Command("restart", $"{broker}", "--dir", _folder);
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
