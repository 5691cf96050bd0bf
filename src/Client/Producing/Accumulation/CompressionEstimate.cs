namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// How small compression makes the batches of a topic, so that a batch may take as many records as fit when they are compressed. Learnt from each batch: at once
/// when it gets worse, slowly when it gets better, because a batch that is too large costs more than one that could have been larger. Pure; thread safe.
/// </summary>
internal sealed class CompressionEstimate
{
    /// <summary>Records to come may be worse than those before.</summary>
    const double Caution = 1.05, WorseStep = 0.05, BetterStep = 0.005;

    /// <summary>A batch takes no more than this many times its size, however well it seems to compress: its memory counts as it is.</summary>
    public const int MostTimes = 8;

    double _ratio = 1.0;

    /// <summary>Compressed size as a part of the size before. 1 at first.</summary>
    public double Ratio => Volatile.Read(ref _ratio);

    /// <summary>About how many bytes there will be of so many when they are compressed.</summary>
    public long Of(int bytes) => (long)(bytes * Ratio * Caution);

    /// <summary>A batch was compressed.</summary>
    public void Note(int before, int after)
    {
        var (seen, ratio) = ((double)after / before, Ratio);
        Volatile.Write(ref _ratio, seen > ratio ? Math.Max(ratio + WorseStep, seen) : Math.Max(ratio - BetterStep, seen));
    }

    /// <summary>A batch was too large for the broker, so the estimate is not to be trusted.</summary>
    public void Reset(double seen) => Volatile.Write(ref _ratio, Math.Max(1.0, seen));
}
