namespace Semel.Log.Segments.Files;

/// <summary>Offsets of one file that cannot be read.</summary>
/// <param name="Cause">The file, the position in it, and what is wrong there.</param>
readonly record struct Gap(long StartOffset, long EndOffset, string Cause);

/// <summary>The holes of a log that are known. Gaps that touch are one hole: it ends where something can be read. Thread safe.</summary>
sealed class LogHoles
{
    const int MostCauses = 3;

    readonly Lock _gate = new();
    readonly string _logName;
    List<Gap> _gaps = [];
    LogHole[] _all = [];

    public LogHoles(string logName, IEnumerable<Gap> gaps)
    {
        _logName = logName;
        Add(gaps);
    }

    /// <summary>In order. Never changes: it is replaced.</summary>
    public LogHole[] All => Volatile.Read(ref _all);

    /// <summary>The first hole that ends above an offset; null when there is none.</summary>
    public LogHole? From(long offset)
    {
        foreach (var hole in All)
        {
            if (hole.EndOffset > offset) return hole;
        }
        return null;
    }

    /// <exception cref="LogHoleException">A hole lies among the offsets.</exception>
    public void ThrowIfAmong(long from, long below)
    {
        if (From(from) is { } hole && hole.StartOffset < below) throw new LogHoleException(hole);
    }

    public void Add(IEnumerable<Gap> gaps)
    {
        lock (_gate) Replace([.. _gaps.Union(gaps).Where(gap => gap.EndOffset > gap.StartOffset).OrderBy(gap => gap.StartOffset)]);
    }

    /// <summary>The log begins at an offset now.</summary>
    public void TrimBelow(long offset)
    {
        lock (_gate)
        {
            if (_gaps.Count > 0) Replace(_gaps.FindAll(gap => gap.EndOffset > offset));
        }
    }

    void Replace(List<Gap> gaps)
    {
        _gaps = gaps;
        var holes = new List<LogHole>();
        for (var first = 0; first < gaps.Count;)
        {
            var (end, next) = (gaps[first].EndOffset, first + 1);
            for (; next < gaps.Count && gaps[next].StartOffset <= end; next++) end = Math.Max(end, gaps[next].EndOffset);
            holes.Add(new LogHole(gaps[first].StartOffset, end, Sentence(gaps[first].StartOffset, end, gaps[first..next])));
            first = next;
        }
        Volatile.Write(ref _all, [.. holes]);
    }

    string Sentence(long start, long end, List<Gap> gaps)
    {
        var causes = string.Join("; ", gaps.Take(MostCauses).Select(gap => gap.Cause));
        if (gaps.Count > MostCauses) causes += $"; and {gaps.Count - MostCauses} more";
        return $"offsets {start} to {end - 1} of the log {_logName} cannot be read: {causes}. What lies before offset {start} and from offset {end} on can. Restore the file from a copy and start again, or go on at offset {end}.";
    }
}
