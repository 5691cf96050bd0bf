namespace Semel.Log.Segments.Files;

/// <summary>Where the last few reads ended: a consumer goes on there, and need not look into an index.</summary>
sealed class PositionCache
{
    const int Size = 16;

    readonly Lock _gate = new();
    /// <summary>Made with the first read: most logs are not read at a time.</summary>
    long[] _offsets = [];
    Segment?[] _segments = [];
    int[] _positions = [];
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
            if (_offsets.Length == 0) Make();
            var at = Array.IndexOf(_offsets, offset);
            if (at < 0) (at, _next) = (_next, (_next + 1) % Size);
            (_offsets[at], _segments[at], _positions[at]) = (offset, segment, position);
        }
    }

    void Make()
    {
        (_offsets, _segments, _positions) = (new long[Size], new Segment?[Size], new int[Size]);
        Array.Fill(_offsets, -1);
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
