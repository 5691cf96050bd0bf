namespace Semel.Broker.Door;

/// <summary>Lets ten lines through at once and one more each second, and counts what it holds back: what peers do wrong must not fill the disk. Thread safe.</summary>
internal sealed class LineLimiter(TimeProvider time)
{
    const int AtOnce = 10;
    readonly Lock _gate = new();
    long _filledAt = time.GetTimestamp(), _suppressed;
    double _tokens = AtOnce;

    /// <param name="suppressed">Lines held back since the last one that passed.</param>
    public bool MayWrite(out long suppressed)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(AtOnce, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds);
            _filledAt = now;
            suppressed = _suppressed;
            if (_tokens < 1)
            {
                _suppressed++;
                return false;
            }
            _tokens--;
            _suppressed = 0;
            return true;
        }
    }
}
