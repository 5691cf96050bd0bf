using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>What is told of transactional ids (KIP-664, KIP-994).</summary>
public class ListTests
{
    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _open, _done;

    public ListTests()
    {
        _coordinator.Init("new");
        _open = _coordinator.Init("open").Held;
        _done = _coordinator.Init("done").Held;
        _coordinator.Add(_done, TestCoordinator.Part(0), "done");
        _coordinator.End(_done, true, id: "done");
        _coordinator.EndAll();
        _coordinator.Advance(TimeSpan.FromSeconds(10));
        _coordinator.Add(_open, TestCoordinator.Part(0), "open");
        _coordinator.Advance(TimeSpan.FromSeconds(10));
    }

    string[] Listed(TransactionFilter filter) => [.. _coordinator.Ask(new TransactionCommand.List(filter)).Reply.Transactions!.Select(listed => listed!.TransactionalId.Value).Order()];

    [Fact]
    public void Without_conditions_all_are_listed() => Assert.Equal(["done", "new", "open"], Listed(new()));

    [Theory]
    [InlineData("new", TransactionState.Empty)]
    [InlineData("open", TransactionState.Ongoing)]
    [InlineData("done", TransactionState.CompleteCommit)]
    [InlineData("", TransactionState.Dead)]
    [InlineData("", TransactionState.PrepareEpochFence)]
    [InlineData("new,open", TransactionState.Empty, TransactionState.Ongoing, TransactionState.PrepareAbort)]
    public void By_state(string expected, params TransactionState[] states) =>
        Assert.Equal(expected, string.Join(',', Listed(new() { States = states.ToHashSet() })));

    [Fact]
    public void By_producer_id()
    {
        Assert.Equal(["done", "open"], Listed(new() { ProducerIds = new HashSet<ProducerId> { new(_open.Pid), new(_done.Pid), new(99) } }));
        Assert.Empty(Listed(new() { ProducerIds = new HashSet<ProducerId> { new(_open.Pid) }, States = new HashSet<TransactionState> { TransactionState.Empty } }));
    }

    /// <summary>What was never begun has not been running for long.</summary>
    [Theory]
    [InlineData(-1, "done,new,open")]
    [InlineData(0, "done,open")]
    [InlineData(9_999, "done,open")]
    [InlineData(10_000, "done")]
    [InlineData(19_999, "done")]
    [InlineData(20_000, "")]
    [InlineData(long.MaxValue, "")]
    public void By_how_long_ago_it_began(long ms, string expected) => Assert.Equal(expected, string.Join(',', Listed(new() { RunningLongerThanMs = ms })));

    [Fact]
    public void One_that_is_described_has_everything_and_one_that_is_unknown_nothing()
    {
        var reply = _coordinator.Ask(new TransactionCommand.Describe([new("open"), new("nobody"), new("new")])).Reply.Transactions!;
        var open = reply[0]!;
        Assert.Equal((_open.Pid, TransactionState.Ongoing, 60_000, _coordinator.Now.Wall.UnixMilliseconds - 10_000), (open.ProducerId.Value, open.State, open.TimeoutMs, open.StartMs));
        Assert.Equal([TestCoordinator.Part(0)], open.Participants);
        Assert.Null(reply[1]);
        Assert.Equal((-1L, 0), (reply[2]!.StartMs, reply[2]!.Participants.Count));
    }
}
