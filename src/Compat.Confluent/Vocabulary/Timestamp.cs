namespace Semel.Compat.Confluent;

/// <summary>Who gave a timestamp.</summary>
public enum TimestampType
{
    /// <summary>Nobody.</summary>
    NotAvailable = 0,
    /// <summary>The producer.</summary>
    CreateTime = 1,
    /// <summary>The broker that appended the record.</summary>
    LogAppendTime = 2,
}

/// <summary>A record's time in milliseconds since 1970-01-01 UTC, and who gave it.</summary>
public struct Timestamp : IEquatable<Timestamp>
{
    /// <summary>1970-01-01 UTC.</summary>
    public static readonly DateTime UnixTimeEpoch = DateTime.UnixEpoch;

    /// <summary>None: the producer's clock decides.</summary>
    public static Timestamp Default => default;

    public Timestamp(long unixTimestampMs, TimestampType type)
    {
        UnixTimestampMs = unixTimestampMs;
        Type = type;
    }

    /// <param name="dateTime">A local time is turned into UTC.</param>
    public Timestamp(DateTime dateTime) : this(dateTime, TimestampType.CreateTime) { }

    /// <inheritdoc cref="Timestamp(DateTime)"/>
    public Timestamp(DateTime dateTime, TimestampType type) : this(DateTimeToUnixTimestampMs(dateTime), type) { }

    public Timestamp(DateTimeOffset dateTimeOffset) : this(dateTimeOffset.ToUnixTimeMilliseconds(), TimestampType.CreateTime) { }

    public TimestampType Type { get; }
    public long UnixTimestampMs { get; }
    public DateTime UtcDateTime => UnixTimestampMsToDateTime(UnixTimestampMs);

    public static long DateTimeToUnixTimestampMs(DateTime dateTime) =>
        (dateTime.ToUniversalTime().Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
    public static DateTime UnixTimestampMsToDateTime(long unixMillisecondsTimestamp) => DateTime.UnixEpoch.AddMilliseconds(unixMillisecondsTimestamp);

    public bool Equals(Timestamp other) => Type == other.Type && UnixTimestampMs == other.UnixTimestampMs;
    public override bool Equals(object obj) => obj is Timestamp other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(Type, UnixTimestampMs);

    public static bool operator ==(Timestamp a, Timestamp b) => a.Equals(b);
    public static bool operator !=(Timestamp a, Timestamp b) => !a.Equals(b);
}
