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
    public required Func<IMachine<TCommand, TReply, TView>> NewMachine { get; init; }

    /// <summary>The reply to a command that was not carried out, or of which nobody knows whether it was, because the log failed: given the reason
    /// and what heals it.</summary>
    public required Func<string, TReply> StorageFailed { get; init; }

    /// <summary>A sentence on what is left to do when a damaged log cannot be restored, and what that costs; null when there is nothing.</summary>
    public string? LastResort { get; init; }

    /// <summary>The reply once the sequencer was told to stop.</summary>
    public required TReply Stopped { get; init; }

    /// <summary>What the machine is told when its deadline has come; null for one that has no deadlines.</summary>
    public Func<TCommand>? Tick { get; init; }

    /// <summary>
    /// What readers may know of a log whose machine cannot be folded because of a hole; null when such a log is of no use, and offline.
    /// </summary>
    public Func<LogBounds, TView>? ReadOnlyView { get; init; }

    /// <summary>
    /// Which commands make room on a full device, and may be done twice: they are decided also while appends fail, and apart from those that need room. Null when there are none.
    /// </summary>
    public Predicate<TCommand>? MakesRoom { get; init; }

    /// <summary>Told of <see cref="StorageFailed"/>; null when nobody has to know.</summary>
    public RefusedCommands<TCommand>? Refused { get; init; }

    /// <summary>Commands that may wait for a turn: whoever brings more has to wait itself.</summary>
    public int MailboxCapacity { get; init; } = 1024;
}
