namespace Semel.Broker.Sequencing;

/// <summary>What the host does with a sequencer of any kind.</summary>
internal interface ISequencer
{
    string LogName { get; }

    /// <summary>Opens the log and folds its machine on the calling thread, unless that was done. False when the log is offline.</summary>
    bool Open();

    /// <summary>Takes no more commands, answers those that wait, saves a snapshot when asked to, and closes the log in order.</summary>
    Task StopAsync(bool withSnapshot);
}
