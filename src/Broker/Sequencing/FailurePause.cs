namespace Semel.Broker.Sequencing;

/// <summary>
/// How long to leave a failing log alone: nothing after the first failure, then one second, doubled each time up to half a minute, until something
/// succeeds. Moments are by the steady clock. Changed by one thread at a time; whether it is over may be asked by any.
/// </summary>
internal sealed class FailurePause
{
    const int LongestSeconds = 30;
    int _failures;

    // 0 when there is no pause.
    long _overAt;

    public TimeSpan Length => TimeSpan.FromSeconds(_failures < 2 ? 0 : Math.Min(LongestSeconds, 1 << Math.Min(_failures - 2, 5)));

    public bool IsOver(TimeSpan now) => Volatile.Read(ref _overAt) is var over && (over == 0 || now.Ticks >= over);

    public void Failed(TimeSpan now)
    {
        _failures++;
        Volatile.Write(ref _overAt, _failures < 2 ? 0 : (now + Length).Ticks);
    }

    public void Succeeded()
    {
        if (_failures == 0) return;
        _failures = 0;
        Volatile.Write(ref _overAt, 0);
    }
}
