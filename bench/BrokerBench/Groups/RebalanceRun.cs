using System.Diagnostics;

namespace Semel.BrokerBench.Groups;

/// <summary>
/// How long a group of fifty takes to come to rest when one more joins, and when it leaves again, against any broker, with the same bare members. They beat every few milliseconds, so that
/// what is measured is the coordinator and not their patience.
/// </summary>
static class RebalanceRun
{
    public const string Topic = "test", Group = "group";
    public const int Partitions = 100;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);
    /// <summary>A little more than group.consumer.assignment.interval.ms: a group that has been at rest for so long is assigned anew at once, by every broker.</summary>
    static readonly TimeSpan AssignmentInterval = TimeSpan.FromMilliseconds(1100);

    public static IReadOnlyDictionary<string, double> Run(Target target, int count, int times, Func<int, BenchMember> join)
    {
        using var broker = BrokerProcess.Start(target, Partitions);
        using (var client = new RawClient(broker.Port))
        {
            client.Create(Topic, Partitions);
            client.FindCoordinator(keyType: 0, Group);
        }
        var members = new List<BenchMember>();
        var (joined, left) = (new List<double>(), new List<double>());
        try
        {
            for (var member = 0; member < count; member++) members.Add(join(broker.Port).Start());
            Until(members, count);
            for (var time = 0; time < times; time++)
            {
                Thread.Sleep(AssignmentInterval);
                var from = Stopwatch.GetTimestamp();
                members.Add(join(broker.Port).Start());
                Until(members, count + 1);
                joined.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                Thread.Sleep(AssignmentInterval);
                members[^1].Leave();
                members.RemoveAt(count);
                // It has heard that it has left; the others do by their next heartbeat.
                from = Stopwatch.GetTimestamp();
                Until(members, count);
                left.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            }
        }
        finally
        {
            foreach (var member in members) member.Leave();
        }
        return new Dictionary<string, double> { ["one joins, p50 ms"] = Comparison.Median(joined), ["one leaves, p50 ms"] = Comparison.Median(left) };
    }

    /// <summary>All are in the same generation, and every partition has exactly one of them.</summary>
    static void Until(List<BenchMember> members, int count)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Longest; Thread.Sleep(1))
        {
            var states = members.Select(static member => member.State).ToList();
            if (states.Select(static state => state.Generation).Distinct().Count() != 1 || states[0].Generation <= 0) continue;
            var owned = states.SelectMany(static state => state.Partitions).ToList();
            if (owned.Count == Partitions && owned.Distinct().Count() == Partitions && states.Count(static state => state.Partitions.Count > 0) == count) return;
        }
        throw new TimeoutException($"{count} members did not come to rest in {Longest.TotalSeconds} s");
    }
}
