using Semel.Log;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>Commands that were refused without being decided, because the log failed or is not open. Within the turn, before anybody is answered.</summary>
internal delegate void RefusedCommands<TCommand>(ReadOnlySpan<TCommand> commands, Moment now);

/// <summary>What makes a sequencer one of a partition or of the catalog.</summary>
internal sealed record SequencerSettings<TCommand, TReply, TView> where TView : class
{
    public required string LogName { get; init; }
    /// <summary>How the log is come by: opened, or made where there is none yet.</summary>
    public required Func<ILogStore, ILog> OpenLog { get; init; }
    /// <summary>A machine without any state, for the log that was opened just now and is folded into it.</summary>
    public required Func<ILog, IMachine<TCommand, TReply, TView>> NewMachine { get; init; }

    /// <summary>
    /// Carries out what the machine asks for: called when the turn that asked is durable and its view published, and before its replies go out; and after each loading with
    /// what is outstanding then. On the thread of the turn, in the turns' order: it hands the work on and never waits. It keeps trying what it was asked for, until it is
    /// done or superseded: only after another loading is it asked again. Null for a machine that asks for nothing.
    /// </summary>
    public Action<IReadOnlyList<Effect>>? Effects { get; init; }

    /// <summary>The reply to a command that was not carried out, or of which nobody knows whether it was, because the log failed: given the reason
    /// and what heals it. Those that were parked get it as well, of whatever turn.</summary>
    public required Func<string, TReply> StorageFailed { get; init; }

    /// <summary>A sentence on what is left to do when a damaged log cannot be restored, and what that costs; null when there is nothing.</summary>
    public string? LastResort { get; init; }

    /// <summary>The reply once the sequencer was told to stop, and to all that are parked then.</summary>
    public required TReply Stopped { get; init; }

    /// <summary>What the machine is told when its deadline has come; null for one that has no deadlines.</summary>
    public Func<TCommand>? Tick { get; init; }

    /// <summary>
    /// What readers may know of a log whose machine cannot be folded because of a hole, out of what was folded up to there; null when such a log is of no use, and offline.
    /// </summary>
    public Func<LogBounds, LogHoleException, TView, TView>? ReadOnlyView { get; init; }

    /// <summary>
    /// Which commands make room on a full device, and may be done twice: they are decided also while appends fail, and apart from those that need room. Null when there are none.
    /// </summary>
    public Predicate<TCommand>? MakesRoom { get; init; }

    /// <summary>
    /// Parts of the log may have been sealed: told after a new one was begun, when the turn is durable and answered, and when the log was opened. It hands the work on and never waits.
    /// Null when nobody has to know.
    /// </summary>
    public Action? PartsSealed { get; init; }

    /// <summary>Told of <see cref="StorageFailed"/>; null when nobody has to know.</summary>
    public RefusedCommands<TCommand>? Refused { get; init; }

    /// <summary>Commands that may wait for a turn: whoever brings more has to wait itself.</summary>
    public int MailboxCapacity { get; init; } = 1024;
}
