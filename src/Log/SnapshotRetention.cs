namespace Semel.Log;

/// <summary>Which snapshots of a log are kept: the latest, and those at the beginning of a segment, so that there is an older one to go back to.</summary>
static class SnapshotRetention
{
    /// <param name="snapshots">Offsets of the snapshots that exist, ascending.</param>
    /// <param name="segmentBases">Base offsets of the segments that exist.</param>
    public static List<long> Strays(IReadOnlyList<long> snapshots, IReadOnlySet<long> segmentBases)
    {
        var strays = new List<long>();
        for (var at = 0; at < snapshots.Count - 1; at++)
        {
            if (!segmentBases.Contains(snapshots[at])) strays.Add(snapshots[at]);
        }
        return strays;
    }
}
