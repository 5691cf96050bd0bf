using System.Buffers.Binary;
using System.Diagnostics;
using Semel.Client;

namespace Semel.BrokerBench;

/// <summary>
/// The broker is killed by SIGKILL again and again while our client writes to it, each time started on the same folder and port.
/// Each record holds its partition and its number there; at the end the log is read and compared with what was acknowledged.
/// </summary>
static class KillRun
{
    const int Partitions = 4, ValueBytes = 200;

    public sealed record Result(int Kills, long Sent, long Acknowledged, long NotPersisted, long Stored, long Lost, long Doubled, long OutOfOrder, long WrongOffset, long ShouldNotBeThere, double Seconds)
    {
        /// <returns>Whether nothing acknowledged was lost or doubled and everything is in order.</returns>
        public bool Print()
        {
            Console.WriteLine($"{Kills} kills in {Seconds:0} s: {Sent:#,0} records sent, {Acknowledged:#,0} acknowledged, {Stored:#,0} stored; "
                + $"{Lost} lost, {Doubled} doubled, {OutOfOrder} out of order, {WrongOffset} at another offset than acknowledged, {NotPersisted} reported as not persisted, {ShouldNotBeThere} of them stored");
            return Lost + Doubled + OutOfOrder + WrongOffset + ShouldNotBeThere == 0 && Acknowledged > 0;
        }
    }

    public static Result Run(Target target, int kills) => RunAsync(target, kills).GetAwaiter().GetResult();

    static async Task<Result> RunAsync(Target target, int kills)
    {
        var folder = Directory.CreateTempSubdirectory("semel-kills-").FullName;
        var broker = BrokerProcess.Start(target, Partitions, folder);
        var port = broker.Port;
        var clock = Stopwatch.StartNew();
        try
        {
            var outcomes = new List<Outcome>[Partitions];
            for (var p = 0; p < Partitions; p++) outcomes[p] = [];
            var config = new ProducerConfig { BootstrapServers = broker.Bootstrap, LingerMs = 1, DeliveryTimeoutMs = 300_000, MaxBlockMs = 300_000, BatchSize = 16_384, BufferMemory = 1 << 20 };
            using var stop = new CancellationTokenSource();
            await using (var producer = new ProducerBuilder<byte[], byte[]>(config).Build())
            {
                var sending = SendAsync(producer, outcomes, stop.Token);
                var random = new Random(1);
                for (var kill = 1; kill <= kills; kill++)
                {
                    await Task.WhenAny(sending, Task.Delay(300 + random.Next(700)));
                    broker.Kill();
                    broker.Dispose();
                    broker = BrokerProcess.Start(target, Partitions, folder, port);
                    Console.Error.WriteLine($"  kill {kill}: {outcomes.Sum(o => (long)o.Count):#,0} records sent so far");
                }
                stop.Cancel();
                await sending;
                await producer.FlushAsync();
                foreach (var partition in outcomes)
                    foreach (var outcome in partition) await outcome.SettleAsync();
            }
            return await JudgeAsync(broker, outcomes, kills, clock);
        }
        finally
        {
            broker.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One record's way, and how it ended.</summary>
    sealed class Outcome(Delivery delivery)
    {
        public long Offset { get; private set; } = -1;
        public PersistenceStatus Status { get; private set; }

        public async Task SettleAsync()
        {
            try
            {
                var result = await delivery;
                (Status, Offset) = (result.Status, result.Offset.Value);
            }
            catch (ProduceException failure)
            {
                Status = failure.Status;
            }
        }
    }

    static async Task SendAsync(IProducer producer, List<Outcome>[] outcomes, CancellationToken stop)
    {
        await Task.Yield();
        var value = new byte[ValueBytes];
        for (long i = 0; !stop.IsCancellationRequested; i++)
        {
            var partition = (int)(i % Partitions);
            BinaryPrimitives.WriteInt32LittleEndian(value, partition);
            BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(4), outcomes[partition].Count);
            outcomes[partition].Add(new Outcome(await producer.EnqueueAsync("test", new RawRecord { Partition = partition, Value = value })));
        }
    }

    static async Task<Result> JudgeAsync(BrokerProcess broker, List<Outcome>[] outcomes, int kills, Stopwatch clock)
    {
        long stored = 0, doubled = 0, disorder = 0, wrongOffset = 0, absent = 0, wrongly = 0, acknowledged = 0, notPersisted = 0;
        await using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = broker.Bootstrap }).Build();
        var found = outcomes.Select(o => new long[o.Count]).ToArray();
        foreach (var offsets in found) Array.Fill(offsets, -1);
        var last = new int[Partitions];
        Array.Fill(last, -1);
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(new("test", p), Offset.Beginning)));
        await foreach (var record in consumer.ConsumeUntilEndAsync())
        {
            stored++;
            var (partition, number) = (BinaryPrimitives.ReadInt32LittleEndian(record.Message.Value), BinaryPrimitives.ReadInt32LittleEndian(record.Message.Value.AsSpan(4)));
            if (found[partition][number] >= 0) doubled++;
            found[partition][number] = record.Offset.Value;
            if (number <= last[partition]) disorder++;
            last[partition] = number;
        }
        for (var p = 0; p < Partitions; p++)
            for (var n = 0; n < found[p].Length; n++)
            {
                var outcome = outcomes[p][n];
                if (outcome.Status == PersistenceStatus.Persisted)
                {
                    acknowledged++;
                    if (found[p][n] < 0) absent++;
                    else if (outcome.Offset >= 0 && outcome.Offset != found[p][n]) wrongOffset++;
                }
                else if (outcome.Status == PersistenceStatus.NotPersisted)
                {
                    notPersisted++;
                    if (found[p][n] >= 0) wrongly++;
                }
            }
        return new Result(kills, outcomes.Sum(o => (long)o.Count), acknowledged, notPersisted, stored, absent, doubled, disorder, wrongOffset, wrongly, clock.Elapsed.TotalSeconds);
    }
}
