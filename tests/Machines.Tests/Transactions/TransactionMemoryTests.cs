using System.Buffers;
using System.Diagnostics;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Transactions;

/// <summary>What a remembered id costs, and how fast many of them come back. A hundred thousand ids, a thousand of them open.</summary>
public class TransactionMemoryTests
{
    const int Ids = 100_000, Open = 1_000;

    static readonly Moment Now = new(new(1_000_000), TimeSpan.FromHours(1));

    static List<byte[]> Log()
    {
        var coordinator = new TestCoordinator();
        for (var number = 0; number < Ids; number++)
        {
            var id = $"application-{number:000000}";
            var held = coordinator.Init(id).Held;
            if (number % (Ids / Open) == 0) coordinator.Add(held, [TestCoordinator.Part(number % 10), TestCoordinator.Part(number % 7, "__consumer_offsets")], id);
        }
        return coordinator.Log;
    }

    static TransactionMachine Folded(List<byte[]> log)
    {
        var machine = new TransactionMachine(new(), 1);
        foreach (var batch in log)
        {
            RecordBatchHeader.TryRead(batch, out var header);
            machine.Evolve(header, batch, Now);
        }
        machine.Resume(Now, new());
        return machine;
    }

    [Fact]
    public void An_id_takes_less_than_400_bytes()
    {
        var log = Log();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var machine = Folded(log);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Ids;
        Assert.Equal((Ids, Open), (machine.View.TransactionalIds, machine.View.Open));
        Assert.True(each < 400, $"{each} bytes");
        GC.KeepAlive(machine);
    }

    [Fact]
    public void All_come_back_in_half_a_second_from_the_log_and_in_a_quarter_from_a_snapshot()
    {
        var log = Log();
        var machine = Folded(log);
        var fromLog = Best(() => Folded(log));
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, Now);
        var fromSnapshot = Best(() => Assert.True(new TransactionMachine(new(), 1).TryLoad(bytes.WrittenSpan, Now)));
        Assert.True(fromLog.TotalSeconds < 0.5 && fromSnapshot.TotalSeconds < 0.25, $"{fromLog.TotalMilliseconds} ms from the log, {fromSnapshot.TotalMilliseconds} ms from the snapshot");
    }

    static TimeSpan Best(Action load)
    {
        var best = TimeSpan.MaxValue;
        for (var tries = 0; tries < 15; tries++)
        {
            var began = Stopwatch.GetTimestamp();
            load();
            var took = Stopwatch.GetElapsedTime(began);
            if (took < best) best = took;
        }
        return best;
    }
}
