namespace Semel.Log;

/// <summary>The ranges of a log's options, for every engine.</summary>
static class LogOptionsCheck
{
    const int SmallestSegmentBytes = 1 << 10;

    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static void Check(LogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.SegmentBytes < SmallestSegmentBytes)
            throw new ArgumentException($"SegmentBytes is {options.SegmentBytes}; it must be at least {SmallestSegmentBytes}", nameof(options));
        if (options.SegmentAge <= TimeSpan.Zero)
            throw new ArgumentException($"SegmentAge is {options.SegmentAge}; it must be longer than nothing", nameof(options));
        if (options.IndexIntervalBytes < 0)
            throw new ArgumentException($"IndexIntervalBytes is {options.IndexIntervalBytes}; it must not be negative", nameof(options));
    }
}
