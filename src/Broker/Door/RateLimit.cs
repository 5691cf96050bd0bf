namespace Semel.Broker.Door;

/// <summary>So many at once, and so many a second after that. One user at a time.</summary>
internal sealed class RateLimit(int perSecond, int atOnce)
{
    double _left = atOnce;
    long _filledAt;

    public bool TryTake(TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_filledAt != 0) _left = Math.Min(atOnce, _left + time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond);
        _filledAt = now;
        if (_left < 1) return false;
        _left--;
        return true;
    }
}
