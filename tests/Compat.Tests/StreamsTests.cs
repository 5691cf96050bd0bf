using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Kafka Streams as its users run it: transactions, a group, a repartition topic and a changelog in one.</summary>
public class StreamsTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    [PeersFact]
    public void An_application_with_exactly_once_counts_each_record_once_although_it_is_killed()
    {
        var ran = Ran.Program(Path.Combine(PeersFolder.Required, "conform"), ["--quick", "--strict", "--bootstrap", broker.Bootstrap, "--only", "streams"], TimeSpan.FromMinutes(4));
        Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}\n{broker.Printed}");
        Assert.Matches(@"(?m)^1 passed, 0 failed", ran.Output);
    }
}
