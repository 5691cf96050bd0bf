namespace Semel.Compat.Confluent;

/// <summary>How long a call may take; a negative time has no end, as in Confluent.Kafka.</summary>
readonly struct Limit(TimeSpan time)
{
    readonly long _began = TimeProvider.System.GetTimestamp();

    /// <summary>What a wait takes at most; never more than what a timer can.</summary>
    public TimeSpan Left
    {
        get
        {
            if (IsEndless) return Timeout.InfiniteTimeSpan;
            var left = time - TimeProvider.System.GetElapsedTime(_began);
            return left <= TimeSpan.Zero ? TimeSpan.Zero : left.TotalMilliseconds >= int.MaxValue ? TimeSpan.FromMilliseconds(int.MaxValue - 1) : left;
        }
    }

    public bool IsEndless => time < TimeSpan.Zero;
    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>Cancelled when the time is over. To be disposed of.</summary>
    public CancellationTokenSource Source() => IsEndless ? new CancellationTokenSource() : new CancellationTokenSource(Left);
}
