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

    public Mailbox<TCommand, TReply> Mailbox { get; } = new();

    public TurnOutput<TReply> Output => _runner!.Output;

    public void Decide(IMachine<TCommand, TReply, TView> machine, Moment now)
    {
        if (!ReferenceEquals(machine, _machine)) (_machine, _runner) = (machine, new(machine));
        _runner!.Decide(Mailbox.Commands, now);
    }

    public long AppendedBytes()
    {
        var sum = 0L;
        for (var batch = 0; batch < Output.Appends.Count; batch++) sum += Output.Appends[batch].Length;
        return sum;
    }

    /// <summary>Gives every command the reply that the machine decided.</summary>
    /// <returns>What went wrong with the first reply that could not be given; the others were given all the same.</returns>
    public Exception? Answer()
    {
        Exception? failure = null;
        ReplyRelease.Begin();
        for (var position = 0; position < Mailbox.Count; position++) failure = Mailbox.TryAnswer(position, Output.Replies[position]) ?? failure;
        Clear();
        ReplyRelease.End();
        return failure;
    }

    /// <summary>Gives every command the same reply, whatever was decided.</summary>
    /// <returns>As <see cref="Answer"/>.</returns>
    public Exception? AnswerAll(in TReply reply)
    {
        Exception? failure = null;
        ReplyRelease.Begin();
        for (var position = 0; position < Mailbox.Count; position++) failure = Mailbox.TryAnswer(position, reply) ?? failure;
        Clear();
        ReplyRelease.End();
        return failure;
    }

    void Clear()
    {
        Mailbox.Clear();
        _runner?.Output.Clear();
    }
}
