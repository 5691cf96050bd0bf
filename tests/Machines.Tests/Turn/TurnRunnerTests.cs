using System.Buffers;
using Semel.Machines.Turn;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Turn;

public sealed class TurnRunnerTests
{
    enum Ask { Reply, Park, AnswerParked, Nothing, Twice, Effect }

    sealed record Ring(int Number) : Effect;

    sealed class Machine : IMachine<Ask, string, object>
    {
        long _tickets;

        public object View { get; } = new();
        public TimeSpan? NextDeadline => null;
        public bool AnswersAtOnce { get; init; }

        public void Decide(in Ask command, Moment now, TurnOutput<string> output)
        {
            if (command == Ask.Park) output.Park(++_tickets);
            else if (command != Ask.Nothing) output.Reply(command.ToString());
            if (command == Ask.AnswerParked) output.Answer(_tickets, "late");
            if (command == Ask.Twice) output.Park(++_tickets);
            if (command == Ask.Effect) output.Emit(new Ring(1));
        }

        public void Resume(Moment now, TurnOutput<string> output)
        {
            output.Emit(new Ring(2));
            if (AnswersAtOnce) output.Answer(1, "nobody asked");
        }

        public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt) { }
        public void StartMoved(long offset) { }
        public void Save(IBufferWriter<byte> snapshot, Moment now) { }
        public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now) => true;
    }

    static TurnRunner<Ask, string, object> Decided(params Ask[] commands)
    {
        var runner = new TurnRunner<Ask, string, object>(new Machine());
        runner.Decide(commands, default);
        return runner;
    }

    [Fact]
    public void A_command_is_replied_to_or_parked_and_the_places_stay_those_of_the_commands()
    {
        var output = Decided(Ask.Reply, Ask.Park, Ask.Reply).Output;
        Assert.Equal(3, output.Replies.Count);
        Assert.Equal([new(1, 1)], output.Parked);
        Assert.Empty(output.LateReplies);
    }

    [Fact]
    public void A_parked_command_is_answered_in_the_same_turn_or_in_a_later_one()
    {
        var runner = Decided(Ask.Park, Ask.AnswerParked);
        Assert.Equal([new(1, "late")], runner.Output.LateReplies);
        runner.Decide([Ask.Park], default);
        Assert.Empty(runner.Output.LateReplies);
        runner.Decide([Ask.AnswerParked], default);
        Assert.Equal([new(2, "late")], runner.Output.LateReplies);
        Assert.Empty(runner.Output.Parked);
    }

    [Theory]
    [InlineData((int)Ask.Nothing)]
    [InlineData((int)Ask.Twice)]
    public void A_command_without_exactly_one_of_both_stops_the_machine(int command) =>
        Assert.Throws<InvariantBrokenException>(() => Decided((Ask)command));

    [Fact]
    public void Effects_are_those_of_the_turn_and_after_loading_those_that_are_outstanding()
    {
        var runner = Decided(Ask.Effect);
        Assert.Equal([new Ring(1)], runner.Output.Effects);
        runner.Resume(default);
        Assert.Equal([new Ring(2)], runner.Output.Effects);
        runner.Decide([Ask.Reply], default);
        Assert.Empty(runner.Output.Effects);
    }

    [Fact]
    public void Nothing_is_answered_before_the_first_command()
    {
        var runner = new TurnRunner<Ask, string, object>(new Machine { AnswersAtOnce = true });
        Assert.Throws<InvariantBrokenException>(() => runner.Resume(default));
    }
}
