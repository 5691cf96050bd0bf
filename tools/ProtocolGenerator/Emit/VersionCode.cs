using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>Questions about the version as C# expressions.</summary>
static class VersionCode
{
    /// <summary>The condition for a version of <paramref name="within"/> to be in <paramref name="span"/>; null when each is.</summary>
    public static string? Condition(VersionSpan span, VersionSpan within)
    {
        if (span.Covers(within)) return null;
        if (span.Intersect(within).IsEmpty) return "false";
        if (span.Low <= within.Low) return $"version <= {span.High}";
        if (span.High >= within.High) return $"version >= {span.Low}";
        return span.Low == span.High ? $"version == {span.Low}" : $"version is >= {span.Low} and <= {span.High}";
    }

    /// <summary>The condition for a version of <paramref name="within"/> not to be in <paramref name="span"/>; null when none is not.</summary>
    public static string? NegatedCondition(VersionSpan span, VersionSpan within)
    {
        if (span.Covers(within)) return null;
        if (span.Intersect(within).IsEmpty) return "true";
        if (span.Low <= within.Low) return $"version > {span.High}";
        if (span.High >= within.High) return $"version < {span.Low}";
        return span.Low == span.High ? $"version != {span.Low}" : $"version is < {span.Low} or > {span.High}";
    }

    /// <summary>Whether the encoding is flexible in the versions of <paramref name="span"/>: a constant, or the local variable that tells it.</summary>
    public static string Flexible(MessageSchema message, VersionSpan span)
    {
        if (!message.IsFlexible(span.High)) return "false";
        return message.IsFlexible(span.Low) ? "true" : "flexible";
    }
}
