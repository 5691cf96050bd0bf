namespace Semel.Protocol;

/// <summary>A moment as milliseconds since 1970-01-01 UTC, as record timestamps are. Always given to a decision, never read by one.</summary>
public readonly record struct Instant(long UnixMilliseconds) : IComparable<Instant>
{
    public int CompareTo(Instant other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);
    public static Instant operator +(Instant left, TimeSpan right) => new(left.UnixMilliseconds + (long)right.TotalMilliseconds);
    public static TimeSpan operator -(Instant left, Instant right) => TimeSpan.FromMilliseconds(left.UnixMilliseconds - right.UnixMilliseconds);
    public static bool operator <(Instant left, Instant right) => left.UnixMilliseconds < right.UnixMilliseconds;
    public static bool operator >(Instant left, Instant right) => left.UnixMilliseconds > right.UnixMilliseconds;
    public static bool operator <=(Instant left, Instant right) => left.UnixMilliseconds <= right.UnixMilliseconds;
    public static bool operator >=(Instant left, Instant right) => left.UnixMilliseconds >= right.UnixMilliseconds;
}
