using System.Globalization;
using Semel.Cli.Arguments;
using Semel.Protocol;

namespace Semel.Cli.Consume;

public enum StartKind
{
    Beginning,
    End,
    Offset,
    BeforeEnd,
    Timestamp,
    /// <summary>Where the consumer group stands.</summary>
    Stored,
}

/// <summary>Where reading a partition begins.</summary>
/// <param name="Number">The offset, how many records before the end, or milliseconds since 1970, by the kind.</param>
public readonly record struct StartPosition(StartKind Kind, long Number = 0)
{
    /// <summary>beginning, end, a number, -N, @ and milliseconds since 1970 or a date and time; Kafka's and kcat's words as well.</summary>
    /// <exception cref="CommandException">The text is none of these.</exception>
    public static StartPosition Parse(string text, string option)
    {
        switch (text)
        {
            case "beginning" or "earliest" or "start": return new StartPosition(StartKind.Beginning);
            case "end" or "latest": return new StartPosition(StartKind.End);
            case "stored": return new StartPosition(StartKind.Stored);
        }
        if (text.StartsWith("s@", StringComparison.Ordinal)) text = text[1..];
        if (text.StartsWith('@')) return At(ParseTimestamp(text[1..], text, option));
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            // The sign decides, not the number: the last 0 records are none, where offset 0 would be all.
            return text[0] == '-' ? new StartPosition(StartKind.BeforeEnd, -Math.Max(number, -long.MaxValue)) : new StartPosition(StartKind.Offset, number);
        if (text.Length >= 8 && char.IsAsciiDigit(text[0]) && text.Contains('-')) return At(ParseTimestamp(text, text, option));
        throw Refused(text, option);
    }

    /// <summary>No record is older than 1970: a time before that lies before all of them.</summary>
    static StartPosition At(long milliseconds) => milliseconds < 0 ? new StartPosition(StartKind.Beginning) : new StartPosition(StartKind.Timestamp, milliseconds);

    static long ParseTimestamp(string time, string text, string option)
    {
        if (long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)) return milliseconds;
        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, Universal, out var moment) ? moment.ToUnixTimeMilliseconds() : throw Refused(text, option);
    }

    static CommandException Refused(string text, string option) => CommandException.Usage(
        $"{option} is '{text}', but must be beginning, end, an offset, -N for the last N records, or @ and a time (milliseconds since 1970, or 2026-01-31T12:00:00Z).",
        NearestName.Question(text, ["beginning", "earliest", "end", "latest"]));
}
