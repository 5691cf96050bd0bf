using System.Diagnostics;

namespace Semel.BrokerBench;

/// <summary>Fills one partition with batches of many producers, kills the broker, and times its next start.</summary>
static class RecoveryRun
{
    public static IReadOnlyDictionary<string, double> Measure(Target target, int producers, long bytes)
    {
        var folder = Directory.CreateTempSubdirectory("semel-recovery-").FullName;
        try
        {
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                RawClient.FirstAcknowledged(broker.Port, "test");
                using (var client = new RawClient(broker.Port)) client.Fill("test", producers, (int)(bytes / producers));
                broker.Kill();
            }
            var began = Stopwatch.GetTimestamp();
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                var listening = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                var acknowledged = RawClient.FirstAcknowledged(broker.Port, "test");
                return new Dictionary<string, double> { ["listening ms"] = listening, ["first acknowledged ms"] = Stopwatch.GetElapsedTime(began, acknowledged).TotalMilliseconds };
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
