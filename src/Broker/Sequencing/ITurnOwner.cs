using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>Where a <see cref="TurnCycle{TCommand,TReply,TView}"/> gets its commands and its time from.</summary>
internal interface ITurnOwner<TCommand, TReply, TView> where TView : class
{
    Moment Now { get; }

    /// <summary>Whether commands wait, or somebody waits for the log to be open.</summary>
    bool IsAwaited { get; }

    /// <summary>All commands that wait, in their order; null when there are none. Its turn is given back by <see cref="TurnCycle{TCommand,TReply,TView}.NewTurn"/>.</summary>
    Turn<TCommand, TReply, TView>? TakeCommands();

    /// <summary>An attempt to open the log has ended, or was left for later.</summary>
    void OpeningEnded(bool isOpen);

    /// <summary>When the machine is to be told that its time has come, by the steady clock, or a log that is offline is to be tried again; null when there is nothing to
    /// wait for. Said again after each turn.</summary>
    void DeadlineIs(TimeSpan? due);
}
