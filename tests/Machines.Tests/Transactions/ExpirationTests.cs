using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>Ids that nobody has used for long.</summary>
public class ExpirationTests
{
    static readonly TimeSpan Expiration = TimeSpan.FromDays(7), Hour = TimeSpan.FromHours(1);

    readonly TestCoordinator _coordinator = new();

    [Fact]
    public void They_are_forgotten_and_begin_anew()
    {
        var held = _coordinator.Init().Held;
        _coordinator.Advance(Expiration);
        Assert.NotNull(_coordinator.Describe());
        _coordinator.Advance(Hour);
        Assert.Null(_coordinator.Describe());
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Add(held, TestCoordinator.Part(0)));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.End(held, true).Error);
        Assert.Equal((held.Item1 + 1, 0), _coordinator.Init().Held);
        Assert.Equal(TransactionEvent.Expired, _coordinator.Notices[0].Event);
    }

    [Fact]
    public void A_forgotten_id_is_forgotten_by_a_restart_too()
    {
        _coordinator.Init();
        _coordinator.Init("other");
        _coordinator.Advance(Expiration - Hour);
        _coordinator.Init("other");
        _coordinator.Advance(Hour * 2);
        _coordinator.Crash();
        Assert.Null(_coordinator.Describe());
        Assert.NotNull(_coordinator.Describe("other"));
        Assert.Equal(1, _coordinator.Machine.View.TransactionalIds);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    [InlineData(7, 0)]
    [InlineData(5, 6)]
    public void T36_None_is_forgotten_while_a_connection_that_used_it_is_open(long open, long alsoOpen)
    {
        var held = _coordinator.Init(on: 5).Held;
        _coordinator.Add(held, TestCoordinator.Part(0), version: TestCoordinator.New, on: 6);
        _coordinator.Add(held, TestCoordinator.Part(0, "__consumer_offsets"), version: TestCoordinator.New, on: 7);
        _coordinator.Add(held, TestCoordinator.Part(1), version: TestCoordinator.New, on: 6);
        var end = _coordinator.End(held, true, TestCoordinator.New, on: 5);
        _coordinator.EndAll();
        _coordinator.OpenConnections.UnionWith([open, alsoOpen]);
        _coordinator.Advance(Expiration + Expiration);
        Assert.True(_coordinator.Searches > 100);
        Assert.Equal(ErrorCode.None, _coordinator.Add(end.Held, TestCoordinator.Part(0), version: TestCoordinator.New));
        end = _coordinator.End(end.Held, true, TestCoordinator.New);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.None, end.Error);
        _coordinator.OpenConnections.Clear();
        _coordinator.Advance(Expiration + Hour);
        Assert.Null(_coordinator.Describe());
    }

    [Fact]
    public void Another_connection_keeps_nothing()
    {
        _coordinator.Init(on: 5);
        _coordinator.OpenConnections.Add(7);
        _coordinator.Advance(Expiration + Hour);
        Assert.Null(_coordinator.Describe());
    }

    [Fact]
    public void What_is_open_or_decided_is_never_forgotten()
    {
        var held = _coordinator.Init(timeoutMs: 900_000).Held;
        _coordinator.Add(held, TestCoordinator.Part(0));
        _coordinator.Advance(Expiration * 2);
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
        _coordinator.EndAll();
        _coordinator.Advance(Expiration - Hour);
        Assert.Equal(TransactionState.CompleteAbort, _coordinator.State());
        _coordinator.Advance(Hour * 2);
        Assert.Null(_coordinator.Describe());
    }

    [Theory]
    [InlineData(TransactionState.Empty, -1)]
    [InlineData(TransactionState.Empty, 3)]
    [InlineData(TransactionState.CompleteCommit, 3)]
    [InlineData(TransactionState.CompleteAbort, 3)]
    public void What_an_earlier_process_left_at_rest_is_forgotten(TransactionState state, int epoch)
    {
        _coordinator.Begin(_coordinator.At(500, epoch, state));
        _coordinator.Now = new(_coordinator.Now.Wall + Expiration, TimeSpan.FromSeconds(5));
        _coordinator.Crash();
        _coordinator.Advance(Hour);
        Assert.Null(_coordinator.Describe());
    }

    [Fact]
    public void A_clock_on_the_wall_that_is_set_forward_forgets_nobody_who_is_here()
    {
        _coordinator.Init();
        _coordinator.Now = new(_coordinator.Now.Wall + TimeSpan.FromDays(400), _coordinator.Now.Steady);
        _coordinator.Advance(Hour * 3);
        Assert.NotNull(_coordinator.Describe());
        Assert.Equal(0, _coordinator.Searches);
    }
}
