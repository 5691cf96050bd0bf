namespace Semel.Client;

/// <summary>A record's time in milliseconds since 1970-01-01 UTC, and who gave it. The default value means: none given, the client's clock decides.</summary>
public readonly record struct Timestamp
{
    readonly long _shifted;

    public Timestamp(long unixMilliseconds, TimestampType type = TimestampType.CreateTime)
    {
        _shifted = unixMilliseconds + 1;
        Type = type;
    }

    public Timestamp(DateTimeOffset time) : this(time.ToUnixTimeMilliseconds()) { }

    // Kept one higher than it is, so that the default value is "none" and not the year 1970.
    public long UnixMilliseconds => _shifted - 1;
    public TimestampType Type { get; }
    public bool IsSet => _shifted != 0;
    public DateTimeOffset UtcDateTime => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public static implicit operator Timestamp(DateTimeOffset time) => new(time);

    public override string ToString() => IsSet ? $"{UtcDateTime:O} ({Type})" : "unset";
}
