using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>A test that needs kcat on the PATH; the test command installs it where it can.</summary>
public sealed class KcatFactAttribute : FactAttribute
{
    public KcatFactAttribute() => Skip = IsThere() || PeersFolder.AreRequired ? null : "kcat is not on the PATH";

    static bool IsThere() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "kcat")));
}

/// <summary>kcat, with the commands that `semel serve` prints when it has started.</summary>
public class KcatTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    Ran Kcat(string? input, params string[] arguments) => Ran.Program("kcat", ["-b", broker.Bootstrap, .. arguments], Limit, input: input);

    [KcatFact]
    public void Records_go_in_and_come_out()
    {
        var produced = Kcat("k1:one\nk2:two\nk3:\n", "-P", "-t", "cat", "-K", ":", "-X", "enable.idempotence=true");
        Assert.True(produced.ExitCode == 0, produced.Error);
        var consumed = Kcat(null, "-C", "-t", "cat", "-o", "beginning", "-e", "-f", "%o %k %s\\n");
        Assert.Equal("0 k1 one\n1 k2 two\n2 k3 \n", consumed.Output);
    }

    [KcatFact]
    public void The_broker_and_its_topics_are_listed()
    {
        Assert.Equal(0, Kcat("x\n", "-P", "-t", "listed").ExitCode);
        var listed = Kcat(null, "-L");
        Assert.Contains("topic \"listed\" with 1 partitions", listed.Output);
        Assert.Contains($"at {broker.Bootstrap}", listed.Output);
    }
}
