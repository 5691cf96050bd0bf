namespace Semel.Broker.Sequencing;

/// <summary>Somebody who waits for a view to change. Called once, on the thread that ran the turn: hand the work on, never wait.</summary>
internal interface IViewWaiter
{
    void ViewChanged();
}
