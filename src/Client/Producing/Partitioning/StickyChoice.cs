namespace Semel.Client.Producing.Partitioning;

/// <summary>
/// Where records without a key go: one partition after the other, each for long enough to fill a batch. Pure; not thread safe.
/// </summary>
/// <param name="enoughBytes">A partition has had its share at so many bytes.</param>
/// <param name="linger">Or, having had it, keeps being chosen until its batch is closed, this time has passed, or twice the bytes were put there. Zero: chosen anew for each record.</param>
internal sealed class StickyChoice(int enoughBytes, TimeSpan linger)
{
    int _current = -1;
    long _bytes;
    TimeSpan _since;

    /// <summary>The partition to use now, or -1 when one has to be chosen.</summary>
    public int Current => _current;

    public void Choose(int partition, TimeSpan now)
    {
        _current = partition;
        _bytes = 0;
        _since = now;
    }

    /// <summary>A record was put on the current partition.</summary>
    /// <param name="closedBatch">Whether it found the open batch full and began another.</param>
    public void Put(int bytes, bool closedBatch, TimeSpan now)
    {
        _bytes += bytes;
        if (linger == TimeSpan.Zero || (_bytes >= enoughBytes && (closedBatch || _bytes >= 2L * enoughBytes || now - _since >= linger))) _current = -1;
    }

    /// <summary>Draws a partition by weight, so that those with a short queue come up more often.</summary>
    /// <param name="queueLengths">One per partition; negative for one that may not be chosen.</param>
    /// <param name="isAdaptive">False: all that may be chosen weigh the same.</param>
    /// <param name="chance">From 0 to 1.</param>
    /// <returns>-1 when none may be chosen.</returns>
    public static int Draw(ReadOnlySpan<int> queueLengths, bool isAdaptive, double chance)
    {
        var longest = 0;
        foreach (var length in queueLengths) longest = Math.Max(longest, length);
        long total = 0;
        foreach (var length in queueLengths) total += Weight(length, longest, isAdaptive);
        var drawn = (long)(chance * total);
        for (var partition = 0; partition < queueLengths.Length; partition++)
        {
            var weight = Weight(queueLengths[partition], longest, isAdaptive);
            if (weight > 0 && drawn < weight) return partition;
            drawn -= weight;
        }
        return -1;
    }

    static int Weight(int length, int longest, bool isAdaptive) => length < 0 ? 0 : isAdaptive ? longest + 1 - length : 1;
}
