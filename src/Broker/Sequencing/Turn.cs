using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>
/// One turn's commands, and what the machine made of them. A sequencer has up to three: one is being filled, one waits for the log, one has
/// replies that are going out.
/// </summary>
internal sealed class Turn<TCommand, TReply, TView> where TView : class
{
    IMachine<TCommand, TReply, TView>? _machine;
    TurnRunner<TCommand, TReply, TView>? _runner;

    // Most turns answer nobody of an earlier one.
    List<(Receiver<TReply> Receiver, TReply Reply)>? _late;

    public Mailbox<TCommand, TReply> Mailbox { get; } = new();

    public TurnOutput<TReply> Output => _runner!.Output;

    public void Decide(IMachine<TCommand, TReply, TView> machine, Moment now) => Begin(machine).Decide(Mailbox.Commands, now);

    TurnRunner<TCommand, TReply, TView> Begin(IMachine<TCommand, TReply, TView> machine)
    {
        if (!ReferenceEquals(machine, _machine)) (_machine, _runner) = (machine, new(machine));
        return _runner!;
    }

    public long AppendedBytes()
    {
        var sum = 0L;
        for (var batch = 0; batch < Output.Appends.Count; batch++) sum += Output.Appends[batch].Length;
        return sum;
    }

    /// <summary>What the state of a machine that was folded just now leaves to be done.</summary>
    public Effect[] Resume(IMachine<TCommand, TReply, TView> machine, Moment now)
    {
        Begin(machine).Resume(now);
        Effect[] outstanding = [.. Output.Effects];
        Clear();
        return outstanding;
    }

    /// <summary>
    /// The turn is durable: those of its commands that were parked wait by their tickets from now on, and those that it answers late, of whatever turn, get their
    /// replies with its own.
    /// </summary>
    public void Settle(ParkedCommands<TReply> parked)
    {
        var (waiting, late) = (Output.Parked, Output.LateReplies);
        for (var next = 0; next < waiting.Count; next++) parked.Take(ref Mailbox.ReceiverOf(waiting[next].Index), waiting[next].Ticket);
        for (var next = 0; next < late.Count; next++) (_late ??= []).Add((parked.Give(late[next].Ticket), late[next].Reply));
    }

    /// <summary>Gives every command the reply that the machine decided, and then those that were parked.</summary>
    /// <returns>What went wrong with a reply that could not be given; the others were given all the same.</returns>
    public Exception? Answer()
    {
        Exception? failure = null;
        ReplyRelease.Begin();
        for (var position = 0; position < Mailbox.Count; position++) failure = Mailbox.ReceiverOf(position).TryAnswer(Output.Replies[position]) ?? failure;
        for (var next = 0; next < _late?.Count; next++) failure = _late[next].Receiver.TryAnswer(_late[next].Reply) ?? failure;
        Clear();
        ReplyRelease.End();
        return failure;
    }

    /// <summary>Gives every command the same reply, whatever was decided; those that were parked earlier are not the turn's.</summary>
    /// <returns>As <see cref="Answer"/>.</returns>
    public Exception? AnswerAll(in TReply reply)
    {
        Exception? failure = null;
        ReplyRelease.Begin();
        for (var position = 0; position < Mailbox.Count; position++) failure = Mailbox.ReceiverOf(position).TryAnswer(reply) ?? failure;
        for (var next = 0; next < _late?.Count; next++) failure = _late[next].Receiver.TryAnswer(reply) ?? failure;
        Clear();
        ReplyRelease.End();
        return failure;
    }

    void Clear()
    {
        Mailbox.Clear();
        _late?.Clear();
        _runner?.Output.Clear();
    }
}
