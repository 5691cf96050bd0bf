namespace Semel.Broker.Topics;

/// <summary>
/// What opening very many logs leaves behind: each of them needs little, but a hundred times that was read and folded on the way, and a runtime that then has nothing to do keeps that memory.
/// Giving it back stops everything once for some tens of milliseconds; so only where there were thousands, right after they were opened.
/// </summary>
internal static class OpeningWaste
{
    const int ManyLogs = 2000;

    /// <param name="logs">How many were opened or made.</param>
    public static void GiveBack(int logs)
    {
        if (logs >= ManyLogs) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
