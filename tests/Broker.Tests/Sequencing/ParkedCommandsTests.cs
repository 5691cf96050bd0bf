using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>Commands that are answered in a later turn, or because there will be none.</summary>
public class ParkedCommandsTests
{
    sealed class Replies : IReplySink<string>
    {
        readonly List<(int Index, string Reply)> _all = [];

        public void Answer(int index, in string reply)
        {
            lock (_all) _all.Add((index, reply));
        }

        public List<(int Index, string Reply)> All
        {
            get { lock (_all) return [.. _all]; }
        }
    }

    readonly Replies _replies = new();

    async Task AskAsync(Sequencer<DoorCommand, string, DoorView> sequencer, params DoorCommand[] commands)
    {
        foreach (var command in commands) await sequencer.EnqueueAsync(command, _replies, command.Number);
    }

    static DoorCommand Knock(int number) => new(DoorCommandKind.Knock, number);

    // A log that is opened again goes on on another thread.
    void WaitForReplies(int count) => Assert.True(SpinWait.SpinUntil(() => _replies.All.Count >= count, TimeSpan.FromSeconds(20)));

    void AssertAnswered(params (int Index, string Reply)[] expected)
    {
        WaitForReplies(expected.Length);
        Assert.Equal(expected, _replies.All);
    }

    [Fact]
    public async Task A_parked_command_is_answered_by_the_turn_that_decides_it_and_in_the_order_decided()
    {
        var store = new MemoryLogStore();
        var appends = 0;
        store.AppendFaults = _ =>
        {
            appends++;
            return AppendFault.None;
        };
        var sequencer = DoorMachine.Sequencer(store);
        sequencer.Open();
        await AskAsync(sequencer, Knock(1), Knock(2), new(DoorCommandKind.Look, 3));
        AssertAnswered((3, "done 3"));
        await AskAsync(sequencer, new DoorCommand(DoorCommandKind.Open, 4), new DoorCommand(DoorCommandKind.Open, 5));
        AssertAnswered((3, "done 3"), (4, "done 4"), (2, "opened by 4"), (1, "opened by 4"), (5, "done 5"));
        Assert.Equal(0, appends);
    }

    [Fact]
    public async Task A_command_may_be_parked_and_answered_in_one_turn()
    {
        var sequencer = DoorMachine.Sequencer(new MemoryLogStore());
        sequencer.Open();
        var held = new List<IHeldTurns>();
        await sequencer.EnqueueAsync(Knock(1), _replies, 1, held);
        await sequencer.EnqueueAsync(DoorCommandKind.Open, _replies, 2, held);
        AssertAnswered();
        held.Single().Run();
        AssertAnswered((2, "done 0"), (1, "opened by 0"));
    }

    [Fact]
    public async Task A_late_reply_goes_out_when_the_turn_that_decides_it_is_durable_and_not_before()
    {
        var store = new SlowLogStore();
        var sequencer = DoorMachine.Sequencer(store);
        sequencer.Open();
        await AskAsync(sequencer, new DoorCommand(DoorCommandKind.KnockAndWrite, 1), new DoorCommand(DoorCommandKind.OpenAndWrite, 2));
        store.Release();
        AssertAnswered();
        store.Release();
        AssertAnswered((2, "done 2"), (1, "opened by 2"));
        Assert.Equal(2, sequencer.View!.HighWatermark);
    }

    [Fact]
    public async Task When_an_append_fails_all_that_are_parked_are_told_so_those_of_earlier_turns_first()
    {
        var store = new MemoryLogStore();
        var sequencer = DoorMachine.Sequencer(store);
        sequencer.Open();
        await AskAsync(sequencer, Knock(1), new DoorCommand(DoorCommandKind.KnockAndWrite, 2));
        AssertAnswered();
        store.AppendFaults = _ => AppendFault.NothingWritten;
        await AskAsync(sequencer, new DoorCommand(DoorCommandKind.KnockAndWrite, 3));
        Assert.Equal([1, 2, 3], _replies.All.Select(reply => reply.Index));
        Assert.All(_replies.All, reply => Assert.StartsWith("storage failed: ", reply.Reply));
        store.AppendFaults = null;
        await AskAsync(sequencer, Knock(4), new DoorCommand(DoorCommandKind.OpenAndWrite, 5));
        WaitForReplies(5);
        Assert.Equal([(5, "done 5"), (4, "opened by 5")], _replies.All.Skip(3));
    }

    [Fact]
    public async Task What_a_durable_turn_has_answered_late_is_not_failed_by_the_turn_after_it()
    {
        var store = new SlowLogStore();
        var sequencer = DoorMachine.Sequencer(store);
        sequencer.Open();
        await AskAsync(sequencer, Knock(1), Knock(2), new DoorCommand(DoorCommandKind.OpenAndWrite, 3), new DoorCommand(DoorCommandKind.Break, 4));
        store.Release();
        Assert.Equal([(3, "done 3"), (2, "opened by 3"), (1, "opened by 3")], _replies.All.Take(3));
        Assert.StartsWith("storage failed: ", _replies.All[3].Reply);
        Assert.Equal(4, _replies.All.Count);
    }

    [Theory]
    [InlineData((int)DoorCommandKind.KnockTwice)]
    [InlineData((int)DoorCommandKind.OpenToNobody)]
    public async Task A_ticket_that_is_given_twice_or_not_known_stops_the_machine_and_everybody_is_answered_once(int wrong)
    {
        var sequencer = DoorMachine.Sequencer(new MemoryLogStore());
        sequencer.Open();
        await AskAsync(sequencer, Knock(1), new DoorCommand((DoorCommandKind)wrong, 2));
        WaitForReplies(2);
        Assert.Equal([1, 2], _replies.All.Select(reply => reply.Index));
        Assert.All(_replies.All, reply => Assert.StartsWith("storage failed: ", reply.Reply));
    }

    [Fact]
    public async Task A_sequencer_that_stops_answers_all_that_are_parked()
    {
        var store = new SlowLogStore();
        var sequencer = DoorMachine.Sequencer(store);
        sequencer.Open();
        await AskAsync(sequencer, Knock(1), new DoorCommand(DoorCommandKind.KnockAndWrite, 2));
        var stopped = sequencer.StopAsync(withSnapshot: false);
        AssertAnswered();
        store.Release();
        await stopped;
        AssertAnswered((1, "stopped"), (2, "stopped"));
    }

    [Fact]
    public async Task One_that_makes_room_is_parked_apart_from_those_that_failed_beside_it()
    {
        var store = new MemoryLogStore();
        var sequencer = DoorMachine.Sequencer(store, new ManualTime());
        sequencer.Open();
        store.AppendFaults = _ => AppendFault.NothingWritten;
        var held = new List<IHeldTurns>();
        await sequencer.EnqueueAsync(Knock(DoorMachine.MakesRoom), _replies, 1, held);
        await sequencer.EnqueueAsync(DoorCommandKind.Write, _replies, 2, held);
        held.Single().Run();
        Assert.Equal(2, Assert.Single(_replies.All).Index);
        store.AppendFaults = null;
        await AskAsync(sequencer, new DoorCommand(DoorCommandKind.OpenAndWrite, 3));
        WaitForReplies(3);
        Assert.Equal([(3, "done 3"), (1, "opened by 3")], _replies.All.Skip(1));
    }

    [Fact]
    public async Task A_tick_that_was_refused_while_the_log_was_left_alone_comes_again_by_itself()
    {
        var (store, time) = (new MemoryLogStore(), new ManualTime());
        var deadline = time.Moment().Steady + TimeSpan.FromMilliseconds(500);
        var sequencer = DoorMachine.Sequencer(store, time, deadline: deadline);
        sequencer.Open();
        store.AppendFaults = _ => AppendFault.NothingWritten;
        for (var failure = 0; failure < 2; failure++)
        {
            await AskAsync(sequencer, DoorCommandKind.Write);
            WaitForReplies(failure + 1);
            Assert.True(await sequencer.OpenAsync());
        }
        time.Advance(TimeSpan.FromMilliseconds(600));
        store.AppendFaults = null;
        Assert.Equal(0, sequencer.View!.HighWatermark);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(SpinWait.SpinUntil(() => sequencer.View?.HighWatermark > 0, TimeSpan.FromSeconds(20)));
    }
}
