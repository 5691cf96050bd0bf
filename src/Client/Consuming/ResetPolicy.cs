using System.Xml;

namespace Semel.Client.Consuming;

internal enum ResetKind
{
    Earliest,
    Latest,
    /// <summary>The first record that is not older than a duration (KIP-1106), the end when all are older.</summary>
    ByDuration,
    /// <summary>Nowhere: the application decides.</summary>
    None,
}

/// <summary>Where reading begins on a partition that has no position, or whose position is not in the log any more (auto.offset.reset).</summary>
internal readonly record struct ResetPolicy(ResetKind Kind, TimeSpan Duration = default)
{
    const string DurationPrefix = "by_duration:";

    /// <summary>Reads the values of Kafka and of librdkafka.</summary>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static ResetPolicy Parse(string text) => text.Trim().ToLowerInvariant() switch
    {
        "earliest" or "smallest" or "beginning" => new ResetPolicy(ResetKind.Earliest),
        "latest" or "largest" or "end" => new ResetPolicy(ResetKind.Latest),
        "none" or "error" => new ResetPolicy(ResetKind.None),
        var other when other.StartsWith(DurationPrefix, StringComparison.Ordinal) => new ResetPolicy(ResetKind.ByDuration, ParseDuration(text.Trim()[DurationPrefix.Length..])),
        _ => throw Refused(text),
    };

    static TimeSpan ParseDuration(string text)
    {
        try
        {
            var duration = XmlConvert.ToTimeSpan(text.Trim());
            return duration >= TimeSpan.Zero ? duration : throw Refused(DurationPrefix + text);
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw Refused(DurationPrefix + text);
        }
    }

    static FormatException Refused(string text) =>
        new($"auto.offset.reset='{text}' is refused: it must be earliest, latest, none, or by_duration: and an ISO 8601 duration such as PT1H30M");

    /// <summary>What to ask the broker for; null for <see cref="ResetKind.None"/>.</summary>
    /// <param name="now">The wall clock, for a duration.</param>
    public OffsetQuery? Query(Instant now) => Kind switch
    {
        ResetKind.Earliest => OffsetQuery.Earliest,
        ResetKind.Latest => OffsetQuery.Latest,
        ResetKind.ByDuration => new OffsetQuery(Math.Max(0, (now + -Duration).UnixMilliseconds)),
        _ => null,
    };

    public override string ToString() => Kind == ResetKind.ByDuration ? DurationPrefix + XmlConvert.ToString(Duration) : Kind.ToString().ToLowerInvariant();
}

/// <summary>What ListOffsets is asked: a moment in milliseconds since 1970, or one of the protocol's negative numbers.</summary>
internal readonly record struct OffsetQuery(long Timestamp)
{
    public static readonly OffsetQuery Latest = new(-1);
    public static readonly OffsetQuery Earliest = new(-2);
    public bool IsMoment => Timestamp >= 0;
    public override string ToString() => Timestamp switch { -1 => "the end", -2 => "the start", _ => $"timestamp {Timestamp}" };
}
