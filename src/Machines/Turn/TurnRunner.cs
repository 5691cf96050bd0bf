using Semel.Protocol.Records;

namespace Semel.Machines.Turn;

/// <summary>
/// The second beat of a turn: every command is decided and what it wrote is evolved at once, so that the next command sees it.
/// The shell does the rest: it took the commands, appends the output and waits until that is durable, then releases the replies, the view and the effects.
/// When the append fails, or nobody knows whether it did, the shell drops this machine and folds a new one from snapshot and log; nothing is undone.
/// </summary>
public sealed class TurnRunner<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> machine) where TView : class
{
    public TurnOutput<TReply> Output { get; } = new();

    /// <summary>What is outstanding after loading: effects, and nothing else.</summary>
    public void Resume(Moment now)
    {
        Output.Clear();
        machine.Resume(now, Output);
        Invariant.Check(Output.Appends.Count == 0 && Output.Replies.Count == 0 && Output.LateReplies.Count == 0, "nothing is decided before the first command");
    }

    public void Decide(ReadOnlySpan<TCommand> commands, Moment now)
    {
        Output.Clear();
        foreach (ref readonly var command in commands)
        {
            var appended = Output.Appends.Count;
            var replied = Output.Replies.Count;
            machine.Decide(command, now, Output);
            Invariant.Check(Output.Replies.Count == replied + 1, "a command has exactly one reply or one ticket");
            for (; appended < Output.Appends.Count; appended++)
            {
                var batch = Output.Appends[appended].Span;
                Invariant.Check(RecordBatchHeader.TryRead(batch, out var header), "an appended batch has a header");
                machine.Evolve(header, batch, now);
            }
            if (Output.StartOffset is { } start) machine.StartMoved(start);
        }
    }
}
