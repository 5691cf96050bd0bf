using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.BrokerBench.Transactions;

/// <summary>
/// Transactions over three partitions and a group's offset, by some producers, while the broker is killed by SIGKILL and started again. After each acknowledged commit another
/// connection looks at once whether all of it can be read. In the end everything is read, and compared with what was answered.
/// </summary>
static class TransactionKillRun
{
    const string Topic = "test";
    const int Partitions = 3, Producers = 4, ValueBytes = 100;
    const short OffsetFetchVersion = 7;

    /// <summary>How a transaction ended, as its producer knows it.</summary>
    enum End : byte { Unknown, Committed, Aborted }

    public sealed record Result(int Kills, long Committed, long Aborted, long Unknown, long UnknownVisible, long Torn, long Lost, long Doubled, long ShownThoughAborted, long SeenLate, long HeldBack, long OutOfOrder, double Seconds)
    {
        /// <returns>Whether nothing was torn, lost, doubled, shown too early or seen late.</returns>
        public bool Print()
        {
            Console.WriteLine($"{Kills} kills in {Seconds:0} s: {Committed:#,0} transactions committed, {Aborted:#,0} aborted, {Unknown:#,0} unknown ({UnknownVisible:#,0} of them there); "
                + $"{Torn} torn, {Lost} lost, {Doubled} doubled, {OutOfOrder} out of order, {ShownThoughAborted} shown though aborted, {SeenLate} seen late after their acknowledgement ({HeldBack:#,0} partitions stood behind somebody else's open transaction)");
            return Torn + Lost + Doubled + ShownThoughAborted + SeenLate + OutOfOrder == 0 && Committed > 0 && Aborted > 0;
        }
    }

    public static Result Run(Target target, int kills)
    {
        var folder = Directory.CreateTempSubdirectory("semel-transaction-kills-").FullName;
        var broker = BrokerProcess.Start(target, Partitions, folder);
        var port = broker.Port;
        var clock = Stopwatch.StartNew();
        try
        {
            using (var client = new RawClient(port)) client.Create(Topic, Partitions);
            var stop = new ManualResetEventSlim();
            var failures = new ConcurrentQueue<Exception>();
            var runs = Enumerable.Range(0, Producers).Select(number => new ProducerRun(port, number, stop)).ToArray();
            var threads = runs.Select(run => new Thread(() =>
            {
                try { run.Run(); }
                catch (Exception failure) { failures.Enqueue(failure); }
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            var random = new Random(1);
            for (var kill = 1; kill <= kills && failures.IsEmpty; kill++)
            {
                Thread.Sleep(200 + random.Next(500));
                broker.Kill();
                broker.Dispose();
                broker = BrokerProcess.Start(target, Partitions, folder, port);
                if (kill % 10 == 0) Console.Error.WriteLine($"  kill {kill}: {runs.Sum(run => run.Ends.Count):#,0} transactions so far");
            }
            Thread.Sleep(500);
            stop.Set();
            foreach (var thread in threads) thread.Join();
            if (failures.TryDequeue(out var first)) throw new InvalidOperationException($"a producer ended early: {first.Message}", first);
            return Judge(port, runs, kills, clock);
        }
        finally
        {
            broker.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    static string GroupOf(int producer) => $"group-{producer}";

    /// <summary>One transactional id: transactions one after the other, through restarts, now and then taken over by a new incarnation of itself.</summary>
    sealed class ProducerRun(int port, int number, ManualResetEventSlim stop)
    {
        readonly Random _random = new(number + 100);

        /// <summary>By the transaction's number.</summary>
        public List<End> Ends { get; } = [];

        public long SeenLate { get; private set; }

        /// <summary>Partitions whose readers had to wait for an earlier transaction of another producer.</summary>
        public long HeldBack { get; private set; }

        public void Run()
        {
            RawTransactionalProducer? producer = null;
            while (!stop.IsSet)
            {
                try
                {
                    producer ??= new RawTransactionalProducer(port, $"id-{number}", Topic, Partitions);
                    RunOne(producer);
                }
                // The connection went, with an answer that nobody will ever read: a new incarnation takes over, as a process does that was started again.
                catch (Exception failure) when (failure is IOException or SocketException)
                {
                    producer?.Dispose();
                    producer = null;
                    Thread.Sleep(2);
                }
            }
            producer?.Dispose();
        }

        void RunOne(RawTransactionalProducer producer)
        {
            var transaction = Ends.Count;
            Ends.Add(End.Unknown);
            var commit = _random.Next(5) != 0;
            Span<byte> value = stackalloc byte[ValueBytes];
            BinaryPrimitives.WriteInt32LittleEndian(value, number);
            BinaryPrimitives.WriteInt32LittleEndian(value[4..], transaction);
            try
            {
                var by = producer.ProducerId;
                var offsets = producer.Send(value);
                producer.SendOffset(GroupOf(number), transaction);
                producer.End(commit);
                Ends[transaction] = commit ? End.Committed : End.Aborted;
                if (commit) LookAtOnce(by, offsets, transaction);
            }
            catch (RefusedException refused) when (refused.Error is ErrorCode.KafkaStorageError)
            {
                throw new IOException(refused.Message, refused);
            }
        }

        // Another connection than the producer's. Where an earlier transaction of somebody else is open still, the last stable offset stands before this one: what this one
        // owes is that nothing of its own is open any more.
        void LookAtOnce(ProducerId by, long[] offsets, int transaction)
        {
            using var connection = new RawConnection(port);
            var isThere = !IsOpen(connection, by);
            for (var partition = 0; partition < Partitions; partition++)
            {
                using var reader = new CommittedReader(port, Topic, partition, offsets[partition]);
                var isFound = false;
                reader.Fetch(0, (offset, value) => isFound |= offset == offsets[partition]);
                if (!isFound && reader.LastStableOffset <= offsets[partition]) HeldBack++;
                else isThere &= isFound;
            }
            isThere &= CommittedOffset(connection, number) == transaction;
            if (!isThere) SeenLate++;
        }

        static bool IsOpen(RawConnection connection, ProducerId producer)
        {
            var request = new DescribeProducersRequest();
            request.Topics.Add(new() { Name = Topic, PartitionIndexes = [.. Enumerable.Range(0, Partitions)] });
            return connection.Ask(request, 0).Topics[0].Partitions.Exists(partition => partition.ActiveProducers.Exists(active => active.ProducerId == producer && active.CurrentTxnStartOffset >= 0));
        }
    }

    /// <returns>-1 when there is none, or it is not to be told yet.</returns>
    static long CommittedOffset(RawConnection connection, int producer)
    {
        var request = new OffsetFetchRequest { GroupId = new GroupId(GroupOf(producer)), RequireStable = true, Topics = [new() { Name = Topic, PartitionIndexes = [0] }] };
        var row = connection.Ask(request, OffsetFetchVersion).Topics[0].Partitions[0];
        return row.ErrorCode == ErrorCode.None ? row.CommittedOffset : -1;
    }

    static Result Judge(int port, ProducerRun[] runs, int kills, Stopwatch clock)
    {
        // What is still open belongs to a producer that is gone: its successor ends it.
        foreach (var run in runs.Index()) new RawTransactionalProducer(port, $"id-{run.Index}", Topic, Partitions).Dispose();
        var found = runs.Select(run => new byte[Partitions, run.Ends.Count]).ToArray();
        long doubled = 0, disorder = 0;
        for (var partition = 0; partition < Partitions; partition++)
        {
            var last = new int[runs.Length];
            Array.Fill(last, -1);
            var at = partition;
            using var reader = new CommittedReader(port, Topic, partition);
            reader.ReadToEnd((_, value) =>
            {
                var (producer, transaction) = (BinaryPrimitives.ReadInt32LittleEndian(value), BinaryPrimitives.ReadInt32LittleEndian(value[4..]));
                if (++found[producer][at, transaction] > 1) doubled++;
                if (transaction <= last[producer]) disorder++;
                last[producer] = transaction;
            });
        }
        long committed = 0, aborted = 0, unknown = 0, there = 0, torn = 0, lost = 0, wrongly = 0;
        using var connection = new RawConnection(port);
        for (var producer = 0; producer < runs.Length; producer++)
        {
            var newest = -1L;
            for (var transaction = 0; transaction < runs[producer].Ends.Count; transaction++)
            {
                var parts = Enumerable.Range(0, Partitions).Count(partition => found[producer][partition, transaction] > 0);
                if (parts is > 0 and < Partitions) torn++;
                if (parts > 0) newest = transaction;
                switch (runs[producer].Ends[transaction])
                {
                    case End.Committed:
                        committed++;
                        if (parts == 0) lost++;
                        break;
                    case End.Aborted:
                        aborted++;
                        if (parts > 0) wrongly++;
                        break;
                    default:
                        unknown++;
                        if (parts > 0) there++;
                        break;
                }
            }
            // The offset is part of each transaction: it is that of the newest one that is there.
            if (CommittedOffset(connection, producer) != newest) torn++;
        }
        return new Result(kills, committed, aborted, unknown, there, torn, lost, doubled, wrongly, runs.Sum(run => run.SeenLate), runs.Sum(run => run.HeldBack), disorder, clock.Elapsed.TotalSeconds);
    }
}
