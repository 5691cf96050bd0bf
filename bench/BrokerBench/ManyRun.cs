using System.Diagnostics;

namespace Semel.BrokerBench;

/// <summary>
/// What many partitions of one topic cost where nothing is done with them: each gets one record, then the broker stands still, is stopped in order, started, written to again,
/// killed and started once more.
/// </summary>
static class ManyRun
{
    const string Topic = "many";
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(6);

    public static IReadOnlyDictionary<string, double> Measure(Target target, int partitions)
    {
        var folder = Directory.CreateTempSubdirectory("semel-many-").FullName;
        var figures = new Dictionary<string, double>();
        try
        {
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                using var client = new RawClient(broker.Port);
                figures["created ms"] = Milliseconds(() => client.Create(Topic, partitions));
                figures["first record of each ms"] = Milliseconds(() => client.WriteToEach(Topic, partitions));
                AtRest(broker, figures, "");
                figures["stop ms"] = Milliseconds(() => Expect(broker.Terminate() == 0, "the broker stops in order"));
            }
            StartAgain(target, partitions, folder, figures, "start", broker =>
            {
                using (var client = new RawClient(broker.Port)) client.WriteToEach(Topic, partitions);
                broker.Kill();
            }, ends: partitions);
            StartAgain(target, partitions, folder, figures, "killed", broker =>
            {
                figures["killed, stop ms"] = Milliseconds(() => Expect(broker.Terminate() == 0, "the broker stops in order"));
            }, ends: 2L * partitions);
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void StartAgain(Target target, int partitions, string folder, Dictionary<string, double> figures, string name, Action<BrokerProcess> then, long ends)
    {
        var began = Stopwatch.GetTimestamp();
        using var broker = BrokerProcess.Start(target, partitions: 1, folder);
        using (var first = new RawClient(broker.Port)) first.Answered();
        figures[$"{name}, serves ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        figures[$"{name}, descriptors at once"] = broker.Descriptors;
        using (var client = new RawClient(broker.Port)) Expect(client.EndsOfAll(Topic, partitions) == ends, "every record is there");
        figures[$"{name}, all open ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        AtRest(broker, figures, $"{name}, ");
        then(broker);
    }

    static void AtRest(BrokerProcess broker, Dictionary<string, double> figures, string name)
    {
        Thread.Sleep(Rest);
        figures[$"{name}descriptors"] = broker.Descriptors;
        figures[$"{name}idle MiB"] = broker.ResidentMiB;
    }

    static double Milliseconds(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    static void Expect(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"it does not hold that {what}");
    }
}
