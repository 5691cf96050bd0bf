namespace Semel.Client.Consuming;

/// <summary>Rules of a consumer that are broken on purpose, so that a simulation can be seen to find them.</summary>
internal enum PlantedFault
{
    None,
    /// <summary>A commit covers what was fetched and not handed out (C-51a).</summary>
    CommitsWhatWasFetched,
    /// <summary>A record counts as finished when it is handed out, though the application has not come back for more (C-41).</summary>
    CommitsWhatIsInHand,
    /// <summary>Records of aborted transactions are handed out (C-02).</summary>
    DeliversAbortedRecords,
    /// <summary>What was asked for before a seek is handed out after it (C-30).</summary>
    TakesStaleAnswers,
    /// <summary>What the application stores replaces what it stored before, though that was higher (C-42).</summary>
    StoresBackwards,
    /// <summary>A partition that is about to be another member's is handed out all the same (C-10).</summary>
    DeliversDuringRevocation,
}
