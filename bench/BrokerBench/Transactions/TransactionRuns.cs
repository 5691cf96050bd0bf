using System.Diagnostics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.BrokerBench.Transactions;

/// <summary>What transactions and committed offsets cost, against any broker, with the same bare client.</summary>
static class TransactionRuns
{
    const string Topic = "test";
    const int Partitions = 3;
    const short OffsetCommitVersion = 8;

    /// <summary>Transactions of one record to each of three partitions, by so many producers at once: how many are committed in a second.</summary>
    public static IReadOnlyDictionary<string, double> Commits(Target target, int producers, TimeSpan time)
    {
        using var broker = BrokerProcess.Start(target, Partitions);
        using (var client = new RawClient(broker.Port)) client.Create(Topic, Partitions);
        var began = new Barrier(producers + 1);
        var (count, stop) = (0L, false);
        var latencies = new List<double>();
        var threads = Enumerable.Range(0, producers).Select(number => new Thread(() =>
        {
            using var producer = new RawTransactionalProducer(broker.Port, $"id-{number}", Topic, Partitions);
            var value = new byte[100];
            for (var warm = 0; warm < 20; warm++) Commit(producer, value);
            began.SignalAndWait();
            var mine = new List<double>();
            while (!Volatile.Read(ref stop))
            {
                var from = Stopwatch.GetTimestamp();
                Commit(producer, value);
                mine.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            }
            Interlocked.Add(ref count, mine.Count);
            lock (latencies) latencies.AddRange(mine);
        }, maxStackSize: 256 * 1024)).ToList();
        foreach (var thread in threads) thread.Start();
        began.SignalAndWait();
        var clock = Stopwatch.StartNew();
        var cpu = broker.CpuSeconds;
        Thread.Sleep(time);
        Volatile.Write(ref stop, true);
        foreach (var thread in threads) thread.Join();
        latencies.Sort();
        return new Dictionary<string, double>
        {
            ["commits/s"] = count / clock.Elapsed.TotalSeconds,
            ["whole transaction p50 ms"] = latencies[latencies.Count / 2],
            ["broker CPU ms per commit"] = (broker.CpuSeconds - cpu) * 1000 / count,
        };
    }

    static void Commit(RawTransactionalProducer producer, byte[] value)
    {
        producer.Send(value);
        producer.End(commit: true);
    }

    /// <summary>What librdkafka gets through in transactions with that time between two commits, or as a plain idempotent producer.</summary>
    public static IReadOnlyDictionary<string, double> Throughput(Target target, TimeSpan time, int size, TimeSpan? commitInterval)
    {
        using var broker = BrokerProcess.Start(target, Partitions);
        using (var client = new RawClient(broker.Port)) client.Create(Topic, Partitions);
        return new Dictionary<string, double> { ["records/s"] = RdkafkaProducer.RunFor(broker.Bootstrap, Topic, time, size, Partitions, Bench.Idempotent, commitInterval) };
    }

    /// <summary>From sending EndTxn until a reader of committed records, who waits for it, has the record; one transaction at a time, with a pause between two.</summary>
    public static IReadOnlyDictionary<string, double> Visible(Target target, int transactions)
    {
        using var broker = BrokerProcess.Start(target, Partitions);
        using (var client = new RawClient(broker.Port)) client.Create(Topic, Partitions);
        using var producer = new RawTransactionalProducer(broker.Port, "id", Topic, Partitions);
        using var reader = new CommittedReader(broker.Port, Topic, 0);
        var (ended, visible) = (new List<double>(), new List<double>());
        for (var transaction = 0; transaction < transactions + 50; transaction++)
        {
            var offset = producer.Send(new byte[100])[0];
            long seenAt = 0;
            var reading = new Thread(() =>
            {
                while (seenAt == 0)
                    reader.Fetch(500, (at, _) => { if (at == offset) seenAt = Stopwatch.GetTimestamp(); });
            });
            reading.Start();
            Thread.Sleep(5);
            var sentAt = Stopwatch.GetTimestamp();
            producer.End(commit: true);
            var answeredAt = Stopwatch.GetTimestamp();
            reading.Join();
            if (transaction < 50) continue;
            ended.Add(Stopwatch.GetElapsedTime(sentAt, answeredAt).TotalMilliseconds);
            visible.Add(Stopwatch.GetElapsedTime(sentAt, seenAt).TotalMilliseconds);
        }
        ended.Sort();
        visible.Sort();
        return new Dictionary<string, double>
        {
            ["readable p50 ms"] = visible[visible.Count / 2],
            ["readable p99 ms"] = visible[(int)(visible.Count * 0.99)],
            ["EndTxn answered p50 ms"] = ended[ended.Count / 2],
        };
    }

    /// <summary>Offsets committed a second: a hundred groups, each by a connection of its own, one partition in a request.</summary>
    public static IReadOnlyDictionary<string, double> Offsets(Target target, int groups, TimeSpan time)
    {
        using var broker = BrokerProcess.Start(target, Partitions);
        using (var client = new RawClient(broker.Port)) client.Create(Topic, Partitions);
        var began = new Barrier(groups + 1);
        var (count, stop) = (0L, false);
        var threads = Enumerable.Range(0, groups).Select(number => new Thread(() =>
        {
            using var connection = new RawConnection(broker.Port);
            connection.FindCoordinator(keyType: 0, $"group-{number}");
            var mine = 0L;
            UntilTaken(connection, number, mine);
            began.SignalAndWait();
            for (; !Volatile.Read(ref stop); mine++) UntilTaken(connection, number, mine);
            Interlocked.Add(ref count, mine);
        }, maxStackSize: 256 * 1024)).ToList();
        foreach (var thread in threads) thread.Start();
        began.SignalAndWait();
        var clock = Stopwatch.StartNew();
        Thread.Sleep(time);
        Volatile.Write(ref stop, true);
        foreach (var thread in threads) thread.Join();
        return new Dictionary<string, double> { ["offset commits/s"] = count / clock.Elapsed.TotalSeconds };
    }

    static void UntilTaken(RawConnection connection, int group, long offset)
    {
        var request = new OffsetCommitRequest { GroupId = new GroupId($"group-{group}") };
        request.Topics.Add(new() { Name = Topic, Partitions = [new() { PartitionIndex = group % Partitions, CommittedOffset = offset }] });
        for (var clock = Stopwatch.StartNew(); ; Thread.Sleep(5))
        {
            var error = connection.Ask(request, OffsetCommitVersion).Topics[0].Partitions[0].ErrorCode;
            if (error == ErrorCode.None) return;
            if (error is not (ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress) || clock.Elapsed > TimeSpan.FromSeconds(60))
                throw new RefusedException("OffsetCommit", error);
        }
    }
}
