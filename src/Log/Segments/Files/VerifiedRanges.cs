namespace Semel.Log.Segments.Files;

/// <summary>Which bytes of a segment were found sound by this process. The smallest ranges are forgotten when there are many: they are verified again then. Thread safe.</summary>
sealed class VerifiedRanges
{
    const int Most = 16;

    readonly Lock _gate = new();
    readonly List<(int From, int To)> _ranges = [];

    /// <returns>Where the range that holds a position ends; the position itself when none does.</returns>
    public int EndFrom(int position)
    {
        lock (_gate)
        {
            foreach (var range in _ranges)
            {
                if (range.From <= position && position < range.To) return range.To;
            }
            return position;
        }
    }

    public void Add(int from, int to)
    {
        lock (_gate)
        {
            for (var at = _ranges.Count - 1; at >= 0; at--)
            {
                if (_ranges[at].To < from || to < _ranges[at].From) continue;
                (from, to) = (Math.Min(from, _ranges[at].From), Math.Max(to, _ranges[at].To));
                _ranges.RemoveAt(at);
            }
            if (_ranges.Count == Most) _ranges.Remove(_ranges.MinBy(range => range.To - range.From));
            _ranges.Add((from, to));
        }
    }
}
