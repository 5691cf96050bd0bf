namespace Semel.ProtocolGenerator.Model;

/// <summary>Versions from <paramref name="Low"/> to <paramref name="High"/>, both included; empty when Low is above High.</summary>
public readonly record struct VersionSpan(int Low, int High)
{
    public static readonly VersionSpan None = new(1, 0);

    /// <summary>Stands for an open end until the span is cut down to its container's.</summary>
    public const int Open = short.MaxValue;

    public bool IsEmpty => Low > High;
    public bool Contains(int version) => version >= Low && version <= High;
    public bool Covers(VersionSpan other) => other.IsEmpty || (Low <= other.Low && High >= other.High);

    public VersionSpan Intersect(VersionSpan other)
    {
        var cut = new VersionSpan(Math.Max(Low, other.Low), Math.Min(High, other.High));
        return cut.IsEmpty ? None : cut;
    }

    public override string ToString() => IsEmpty ? "none" : Low == High ? $"{Low}" : $"{Low}-{High}";
}
