using System.Diagnostics;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.BrokerBench.Transactions;

/// <summary>Start after SIGKILL with much in the logs of the coordinators: until a transactional id, a group's offset and a plain record are answered for.</summary>
static class CoordinatorRecoveryRun
{
    const string Topic = "test";
    const int Connections = 16, Groups = 1000;
    const short InitProducerIdVersion = 5, AddVersion = 3, OffsetCommitVersion = 8, OffsetFetchVersion = 7;

    public static IReadOnlyDictionary<string, double> Measure(Target target, int ids, int open, int offsets)
    {
        var folder = Directory.CreateTempSubdirectory("semel-coordinators-").FullName;
        var figures = new Dictionary<string, double>();
        try
        {
            var inEachGroup = offsets / Groups;
            int port;
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                port = broker.Port;
                using (var client = new RawClient(port)) client.Create(Topic, inEachGroup);
                figures["filled s"] = Seconds(() => Fill(port, ids, open, inEachGroup));
                figures["MiB after it"] = broker.ResidentMiB;
                broker.Kill();
            }
            figures["folder MiB"] = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Directory!.Name.StartsWith("__", StringComparison.Ordinal)).Sum(file => file.Length) / 1048576.0;
            var began = Stopwatch.GetTimestamp();
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder, port))
            {
                RawClient.FirstAcknowledged(port, "other");
                figures["first record ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                using var connection = new RawConnection(port);
                for (var group = 0; group < 8; group++) Expect(CommittedOffset(connection, group) == group, "a committed offset is there");
                figures["offsets known ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                for (var id = 0; id < 8; id++) Init(connection, $"id-{ids - 1 - id}");
                figures["transactional ids known ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                figures["MiB after the start"] = broker.ResidentMiB;
            }
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Fill(int port, int ids, int open, int inEachGroup)
    {
        var threads = Enumerable.Range(0, Connections).Select(number => new Thread(() =>
        {
            using var connection = new RawConnection(port);
            for (var id = number; id < ids; id += Connections)
            {
                var (producer, epoch) = Init(connection, $"id-{id}");
                if (id < open) Begin(connection, $"id-{id}", producer, epoch);
            }
            for (var group = number; group < Groups; group += Connections) Commit(connection, group, inEachGroup);
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
    }

    static (ProducerId, ProducerEpoch) Init(RawConnection connection, string id)
    {
        var answer = new InitProducerIdResponse();
        RawConnection.UntilDone(() => (answer = connection.Ask(new InitProducerIdRequest { TransactionalId = new TransactionalId(id), TransactionTimeoutMs = 900_000 }, InitProducerIdVersion)).ErrorCode);
        return (answer.ProducerId, answer.ProducerEpoch);
    }

    static void Begin(RawConnection connection, string id, ProducerId producer, ProducerEpoch epoch)
    {
        var request = new AddPartitionsToTxnRequest { V3AndBelowTransactionalId = new TransactionalId(id), V3AndBelowProducerId = producer, V3AndBelowProducerEpoch = epoch };
        request.V3AndBelowTopics.Add(new() { Name = Topic, Partitions = [0] });
        var error = connection.Ask(request, AddVersion).ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;
        Expect(error == ErrorCode.None, $"a partition is added, and not answered with {error}");
    }

    static void Commit(RawConnection connection, int group, int partitions)
    {
        var request = new OffsetCommitRequest { GroupId = new GroupId($"group-{group}") };
        request.Topics.Add(new() { Name = Topic, Partitions = [.. Enumerable.Range(0, partitions).Select(partition => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = partition, CommittedOffset = group })] });
        RawConnection.UntilDone(() => connection.Ask(request, OffsetCommitVersion).Topics[0].Partitions[^1].ErrorCode);
    }

    static long CommittedOffset(RawConnection connection, int group)
    {
        var request = new OffsetFetchRequest { GroupId = new GroupId($"group-{group}"), Topics = [new() { Name = Topic, PartitionIndexes = [0] }] };
        var answer = new OffsetFetchResponse();
        RawConnection.UntilDone(() => (answer = connection.Ask(request, OffsetFetchVersion)).ErrorCode);
        return answer.Topics[0].Partitions[0].CommittedOffset;
    }

    static double Seconds(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    static void Expect(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"it does not hold that {what}");
    }
}
