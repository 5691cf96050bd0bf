namespace Semel.Compat.Confluent;

/// <summary>Where a partition begins (the first offset that is kept) and ends (the next one that a reader will see).</summary>
public class WatermarkOffsets
{
    public WatermarkOffsets(Offset low, Offset high)
    {
        Low = low;
        High = high;
    }

    public Offset Low { get; }
    public Offset High { get; }

    public override string ToString() => $"{Low} .. {High}";
}
