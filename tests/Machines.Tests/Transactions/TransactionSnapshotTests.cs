using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

public class TransactionSnapshotTests
{
    static TestCoordinator Filled()
    {
        var coordinator = new TestCoordinator();
        coordinator.Begin(coordinator.At(500, 32766) with { LastEpoch = new(5), PreviousProducerId = new(3), TransactionVersion = 2, EndReason = EndReason.Timeout }, "last");
        foreach (var id in new[] { "b", "a", "ö", new string('x', 10_000) })
        {
            var held = coordinator.Init(id).Held;
            coordinator.Add(held, [TestCoordinator.Part(0), TestCoordinator.Part(3, "__consumer_offsets")], id);
        }
        var opened = coordinator.Holder("b");
        coordinator.End(opened, true, TestCoordinator.New, "b");
        return coordinator;
    }

    [Fact]
    public void A_machine_of_the_snapshot_is_the_machine_that_saved_it()
    {
        var coordinator = Filled();
        var bytes = coordinator.Save();
        var loaded = coordinator.Rebuilt(bytes);
        Assert.Equal(bytes, coordinator.Save(loaded));
        Assert.Equal(bytes, coordinator.Save(coordinator.Rebuilt()));
        Assert.Equal((coordinator.Machine.View.HighWatermark, 5), (loaded.View.HighWatermark, loaded.View.TransactionalIds));
        Assert.True(loaded.TryFind(new("last"), out var facts));
        Assert.Equal(coordinator.Facts("last"), facts);
    }

    [Fact]
    public void Bytes_that_are_not_a_snapshot_are_refused_and_change_nothing()
    {
        var coordinator = Filled();
        var bytes = coordinator.Save();
        for (var length = 0; length < bytes.Length; length += length < 400 || length > bytes.Length - 50 ? 1 : 97)
            Assert.False(new TransactionMachine(new(), 1).TryLoad(bytes.AsSpan(0, length), default));
        Assert.False(new TransactionMachine(new(), 1).TryLoad([.. bytes, 0], default));
        var other = bytes.ToArray();
        other[1] = 9;
        Assert.False(coordinator.Machine.TryLoad(other, default));
        Assert.Equal(bytes, coordinator.Save());
    }
}
