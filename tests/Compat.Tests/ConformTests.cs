using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Ten real clients and ours produce and read, through lost answers too; a reader of the peers' own judges what is in the log.</summary>
public class ConformTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    /// <summary>Our client as the peers' command line for clients wants it.</summary>
    static readonly string[] OurDriver = ["--driver", $"semel={Path.Combine(AppContext.BaseDirectory, "peer-driver")}"];

    static string NewestJava => Path.GetFileName(PeersFolder.Newest("drivers", "java-*"));

    static Ran Conform(TimeSpan limit, params string[] arguments) => Ran.Program(Path.Combine(PeersFolder.Required, "conform"), ["--quick", "--strict", .. OurDriver, .. arguments], limit);

    [PeersFact]
    public void Every_client_produces_idempotently_and_reads()
    {
        var ran = Conform(TimeSpan.FromMinutes(8), "--bootstrap", broker.Bootstrap, "--only", "idempotent", "--jobs", "3");
        Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}\n{broker.Printed}");
        Assert.Matches(@"(?m)^[1-9]\d* passed, 0 failed", ran.Output);
        Assert.Equal(5, ran.Output.Split('\n').Count(line => line.StartsWith("pass  idempotent/semel/")));
    }

    [PeersFact]
    public void Our_client_produces_idempotently_and_reads_on_Apache_Kafka()
    {
        using var kafka = new ApacheKafka();
        var ran = Conform(TimeSpan.FromMinutes(3), "--bootstrap", kafka.Bootstrap, "--only", "idempotent", "--clients", "semel");
        Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
        Assert.Matches(@"(?m)^5 passed, 0 failed", ran.Output);
    }

    [PeersTheory]
    [InlineData("transactions", 10)]
    [InlineData("groups", 8)]
    [InlineData("tools-transactions,tools-groups", 3)]
    public void Every_client_has_transactions_and_groups(string suites, int minutes)
    {
        var ran = Conform(TimeSpan.FromMinutes(minutes), "--bootstrap", broker.Bootstrap, "--only", suites, "--jobs", "3");
        Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}\n{broker.Printed}");
        Assert.Matches(@"(?m)^[1-9]\d* passed, 0 failed", ran.Output);
    }

    [PeersFact]
    public void Every_answer_is_that_of_Apache_Kafka_except_where_the_rules_say_otherwise()
    {
        var ran = Ran.Program(Path.Combine(PeersFolder.Required, "differential", "differential"),
            ["--bootstrap", broker.Bootstrap, "--differences", Path.Combine(Repository.Root, "compat", "differences.tsv")], TimeSpan.FromMinutes(4));
        Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}\n{broker.Printed}");
        Assert.Matches(@"(?m)^362 passed, 0 failed", ran.Output);
    }

    [PeersTheory]
    [InlineData("crash/produce", "{java},librdkafka,semel", 3)]
    [InlineData("crash/copy", "{java},librdkafka", 2)]
    [InlineData("crash/group", "{java},librdkafka", 2)]
    public void A_broker_that_is_killed_while_clients_work_loses_and_doubles_nothing(string only, string clients, int checks)
    {
        var folder = Directory.CreateTempSubdirectory("semel-crash-").FullName;
        try
        {
            var address = $"127.0.0.1:{FreePort.Next()}";
            var (file, arguments) = TestedProgram.Command(["serve", "--listen", address, "--data-dir", folder, .. ServedBroker.QuickGroups]);
            var command = string.Join(' ', [file, .. arguments]);
            var ran = Conform(TimeSpan.FromMinutes(4), "--bootstrap", address, "--only", only, "--clients", clients.Replace("{java}", NewestJava), "--broker-command", command);
            Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
            Assert.Matches($@"(?m)^{checks} passed, 0 failed", ran.Output);
        }
        finally
        {
            Assert.True(SpinWait.SpinUntil(() => IsLetGo(folder), TimeSpan.FromSeconds(30)), "the broker does not stop");
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The peers tell the broker to stop and do not wait until it has: as long as it lives it holds its lock.</summary>
    static bool IsLetGo(string folder)
    {
        try
        {
            using var held = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
