namespace Semel.Log.Segments.Files;

/// <summary>Where the last few reads ended: a consumer goes on there, and need not look into an index.</summary>
sealed class PositionCache
{
    const int Size = 16;

    readonly Lock _gate = new();
    readonly long[] _offsets = [.. Enumerable.Repeat(-1L, Size)];
    readonly Segment?[] _segments = new Segment?[Size];
    readonly int[] _positions = new int[Size];
    int _next;

    public bool TryGet(long offset, Segment segment, out int position)
    {
        lock (_gate)
        {
            var at = Array.IndexOf(_offsets, offset);
            var found = at >= 0 && _segments[at] == segment;
            position = found ? _positions[at] : 0;
            return found;
        }
    }

    public void Put(long offset, Segment segment, int position)
    {
        lock (_gate)
        {
            var at = Array.IndexOf(_offsets, offset);
            if (at < 0) (at, _next) = (_next, (_next + 1) % Size);
            (_offsets[at], _segments[at], _positions[at]) = (offset, segment, position);
        }
    }

    /// <summary>Lets go of segments that are removed.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Array.Fill(_offsets, -1);
            Array.Clear(_segments);
        }
    }
}
