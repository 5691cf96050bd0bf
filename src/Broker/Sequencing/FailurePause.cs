namespace Semel.Broker.Sequencing;

/// <summary>
/// How long to leave a failing log alone: nothing after the first failure, then one second, doubled each time up to half a minute, until something
/// succeeds. Not thread safe.
/// </summary>
internal sealed class FailurePause(TimeProvider time)
{
    const int LongestSeconds = 30;
    int _failures;
    long _failedAt;

    public TimeSpan Length => TimeSpan.FromSeconds(_failures < 2 ? 0 : Math.Min(LongestSeconds, 1 << Math.Min(_failures - 2, 5)));

    public bool IsOver => _failures < 2 || time.GetElapsedTime(_failedAt) >= Length;

    public void Failed()
    {
        _failures++;
        _failedAt = time.GetTimestamp();
    }

    public void Succeeded() => _failures = 0;
}
