namespace Semel.Machines.Transactions;

/// <summary>Who decided the end of a transaction. Recorded: an owner whose transaction was aborted by its time-out is told otherwise than one that was replaced.</summary>
public enum EndReason : byte
{
    /// <summary>The producer itself, by EndTxn; or there was no end yet.</summary>
    Owner = 0,
    /// <summary>It was open for longer than its producer had asked for.</summary>
    Timeout = 1,
    /// <summary>Another incarnation of the producer was initialised, or the same one again.</summary>
    Replaced = 2,
    /// <summary>Somebody asked for it by the producer's id and epoch.</summary>
    Administrator = 3,
}
