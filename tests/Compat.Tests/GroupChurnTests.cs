using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>
/// A group of five members, each another client, that leave, crash and stand still while records come: every record is read, and no partition is ever assigned
/// to two members at once.
/// For some seconds here; SEMEL_CHURN_SECONDS says for how long. SEMEL_CHURN_SEED plays the same troubles again.
/// </summary>
public class GroupChurnTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    const int Partitions = 10;

    static readonly TimeSpan Time = TimeSpan.FromSeconds(Number("SEMEL_CHURN_SECONDS") ?? 20);
    static readonly int Seed = Number("SEMEL_CHURN_SEED") ?? Environment.TickCount;

    static readonly TimeSpan BetweenTroubles = TimeSpan.FromSeconds(4), BetweenLooks = TimeSpan.FromMilliseconds(100);

    static int? Number(string variable) => int.TryParse(Surroundings.Variable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    [PeersFact]
    public void Members_of_five_clients_of_the_classic_protocol_read_everything() => Churn("classic", ["java-3.9", "franz-go", "sarama", "librdkafka", "kafka-python"]);

    [PeersFact]
    public void Members_of_several_clients_of_the_consumer_protocol_read_everything() => Churn("consumer", [Path.GetFileName(PeersFolder.Newest("drivers", "java-*")), "franz-go", "librdkafka", "java-3.9", "franz-go"]);

    void Churn(string protocol, string[] drivers)
    {
        var (topic, group) = ($"churn-{protocol}", $"churn-{protocol}");
        var random = new Random(Seed);
        var (file, arguments) = TestedProgram.Command("topics", "create", topic, "--partitions", $"{Partitions}", "-b", broker.Bootstrap);
        var created = Ran.Program(file, arguments, TimeSpan.FromSeconds(30));
        Assert.True(created.ExitCode == 0, $"{created.Output}\n{created.Error}");
        var read = new ConcurrentDictionary<string, int>();
        void Read(string key) => read.AddOrUpdate(key, 1, static (_, count) => count + 1);
        var members = drivers.Select(driver => new ChurnMember(driver, broker.Bootstrap, group, topic, protocol, Read)).ToArray();
        var happened = new List<string>();
        try
        {
            var count = (int)(Time.TotalSeconds * 50);
            using var producer = Process.Start(new ProcessStartInfo(Path.Combine(PeersFolder.Required, "drivers", "franz-go"),
                ["produce", "--bootstrap", broker.Bootstrap, "--topic", topic, "--partitions", $"{Partitions}", "--count", $"{count}", "--rate", "50", "--timeout", "120"]) { RedirectStandardOutput = true })!;
            producer.OutputDataReceived += static (_, _) => { };
            producer.BeginOutputReadLine();
            var assignments = new GroupAssignments("127.0.0.1", broker.Port);
            var stable = 0;
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < Time;)
            {
                var hit = random.Next(members.Length);
                happened.Add($"{clock.Elapsed.TotalSeconds:0.0} {Hurt(members, hit, random, () => new(drivers[hit], broker.Bootstrap, group, topic, protocol, Read))}");
                for (var rest = Stopwatch.StartNew(); rest.Elapsed < BetweenTroubles; producer.WaitForExit(BetweenLooks)) stable += LooksRight(assignments, protocol, group, topic);
            }
            foreach (var member in members) member.Resume();
            Assert.True(producer.WaitForExit(TimeSpan.FromSeconds(120)), "the producer does not end");
            SpinWait.SpinUntil(() => read.Count >= count, TimeSpan.FromSeconds(90));
            var story = $"seed {Seed}\n{string.Join('\n', happened)}\n{string.Join('\n', members.Select(member => $"{member.Driver}: {member.Printed}"))}";
            Assert.True(read.Count == count, $"{read.Count} of {count} records were read\n{story}");
            Assert.True(stable > 0, $"the group was never stable\n{story}");
        }
        finally
        {
            foreach (var member in members) member.Stop();
            foreach (var member in members) member.Dispose();
        }
    }

    /// <summary>Every partition has at most one member. Returns 1 when there was something to look at.</summary>
    static int LooksRight(GroupAssignments assignments, string protocol, string group, string topic)
    {
        var assigned = protocol == "classic" ? assignments.Classic(group, topic) : assignments.Consumer(group, topic);
        if (assigned is null || assigned.Count == 0) return 0;
        var partitions = assigned.Values.SelectMany(one => one).ToList();
        Assert.True(partitions.Distinct().Count() == partitions.Count, $"a partition has two members: {string.Join(' ', assigned.Select(one => $"{one.Key}={string.Join(',', one.Value)}"))}");
        return 1;
    }

    static string Hurt(ChurnMember[] members, int hit, Random random, Func<ChurnMember> another)
    {
        var member = members[hit];
        switch (random.Next(4))
        {
            case 0:
                member.Stop();
                member.Dispose();
                members[hit] = another();
                return $"{member.Driver} left and another came";
            case 1:
                member.Crash();
                member.Dispose();
                members[hit] = another();
                return $"{member.Driver} crashed and another came";
            case 2:
                member.Pause();
                return $"{member.Driver} stands still";
            default:
                foreach (var paused in members) paused.Resume();
                return "all go on";
        }
    }
}
