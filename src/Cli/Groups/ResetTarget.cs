using System.Globalization;
using Semel.Protocol;

namespace Semel.Cli.Groups;

enum ResetKind
{
    Earliest,
    Latest,
    Current,
    Offset,
    Shift,
    Time,
}

/// <summary>Where a group's offsets are to be set.</summary>
/// <param name="Number">The offset, the shift, or milliseconds since 1970, by the kind.</param>
readonly record struct ResetTarget(ResetKind Kind, long Number = 0)
{
    /// <summary>A date and time as Kafka's tool takes it, in UTC when it names no zone.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static DateTimeOffset ReadTime(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) && moment.ToUnixTimeMilliseconds() >= 0
            ? moment
            : throw CommandException.Usage($"{option} is '{text}', but must be a date and time since 1970 such as 2026-01-31T12:00:00.000 or 2026-01-31T12:00:00Z.");

    /// <summary>A duration as ISO 8601 writes it, in days and less: PnDTnHnMnS.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static TimeSpan ReadDuration(string option, string text)
    {
        var (total, at, inTime, last) = (TimeSpan.Zero, 1, false, -1);
        if (text is not ['P', _, ..]) throw NoDuration(option, text);
        while (at < text.Length)
        {
            if (text[at] == 'T' && !inTime && at + 1 < text.Length)
            {
                (inTime, at) = (true, at + 1);
                continue;
            }
            var end = at;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
            // Each unit once, the larger first.
            var unit = end < text.Length ? (inTime ? "HMS" : "D").IndexOf(text[end]) + (inTime ? 1 : 0) : -1;
            if (unit <= last || (inTime && unit == 0) || !double.TryParse(text.AsSpan(at, end - at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1_000_000_000) throw NoDuration(option, text);
            total += (unit switch { 0 => TimeSpan.FromDays(1), 1 => TimeSpan.FromHours(1), 2 => TimeSpan.FromMinutes(1), _ => TimeSpan.FromSeconds(1) }) * number;
            (last, at) = (unit, end + 1);
        }
        return last >= 0 ? total : throw NoDuration(option, text);
    }

    static CommandException NoDuration(string option, string text) => CommandException.Usage($"{option} is '{text}', but must be a duration such as P7D, PT12H or P1DT2H30M.");
}

/// <summary>What is known of a partition before its offset is set.</summary>
/// <param name="Committed">Null when the group has none.</param>
/// <param name="AtTime">The first offset of the time that was asked for; null when there is none, or no time was.</param>
readonly record struct ResetFacts(TopicPartition Partition, long? Committed, long Start, long End, long? AtTime);

/// <summary>Which offset a partition gets. Pure.</summary>
static class ResetRule
{
    /// <returns>The offset, and what is to be told about it; or no offset, and why.</returns>
    public static (long? Offset, string? Remark) Decide(ResetTarget target, ResetFacts facts) => target.Kind switch
    {
        ResetKind.Earliest => (facts.Start, null),
        ResetKind.Latest => (facts.End, null),
        ResetKind.Current => (facts.Committed ?? facts.End, facts.Committed is null ? $"{facts.Partition} has no offset: set to its end, {facts.End}" : null),
        ResetKind.Time => (facts.AtTime ?? facts.End, facts.AtTime is null ? $"{facts.Partition} has no record of that time or later: set to its end, {facts.End}" : null),
        ResetKind.Shift when facts.Committed is null => (null, $"{facts.Partition} has no offset that could be shifted"),
        ResetKind.Shift => Within(Added(facts.Committed.Value, target.Number), facts),
        _ => Within(target.Number, facts),
    };

    static long Added(long offset, long shift) => shift > 0 && offset > long.MaxValue - shift ? long.MaxValue : offset + shift;

    static (long?, string?) Within(long offset, ResetFacts facts) =>
        offset > facts.End ? (facts.End, $"{facts.Partition}: {offset} is behind its end: set to {facts.End}")
        : offset < facts.Start ? (facts.Start, $"{facts.Partition}: {offset} is before its first record: set to {facts.Start}")
        : (offset, null);
}
