namespace Semel.Client;

/// <summary>A record's time in milliseconds since 1970-01-01 UTC, and who gave it. The default value means: none given, the client's clock decides.</summary>
public readonly record struct Timestamp
{
    // One higher than the time is, so that the default value is "none" and not the year 1970.
    readonly long _shifted;

    public Timestamp(long unixMilliseconds, TimestampType type = TimestampType.CreateTime)
    {
        _shifted = unixMilliseconds + 1;
        Type = type;
    }

    public Timestamp(DateTimeOffset time) : this(time.ToUnixTimeMilliseconds()) { }

    /// <summary>Milliseconds since 1970-01-01 UTC; -1 when none is given.</summary>
    public long UnixMilliseconds => _shifted - 1;
    /// <summary>Who gave it: the producer, or the broker that appended the record.</summary>
    public TimestampType Type { get; }
    /// <summary>False for the default value.</summary>
    public bool IsSet => _shifted != 0;
    /// <summary>The same as a date. Of a timestamp that is not set, the millisecond before 1970.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside of the years 1 to 9999.</exception>
    public DateTimeOffset UtcDateTime => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public static implicit operator Timestamp(DateTimeOffset time) => new(time);

    public override string ToString() => IsSet ? $"{UtcDateTime:O} ({Type})" : "unset";
}
