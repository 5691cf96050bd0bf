namespace Semel.Client.Producing.Accumulation;

/// <summary>What is brought with the bytes of a record.</summary>
/// <param name="Timestamp">Milliseconds since 1970.</param>
/// <param name="Callback">Told how the record ended; null for nobody.</param>
/// <param name="Generation">The only one that the record may belong to; null for whichever is current.</param>
/// <param name="IsMember">It belongs to the generation already, which may be sealed meanwhile: it waited for its place.</param>
internal readonly record struct Offer(long Timestamp, DeliveryCallback? Callback = null, Generation? Generation = null, bool IsMember = false)
{
    /// <summary>To be read under the lock of the record's place.</summary>
    /// <returns>Null when the record is refused.</returns>
    public Generation? GenerationIn(Generations generations)
    {
        if (IsMember) return Generation;
        var current = generations.Current;
        return Generation is null || (Generation == current && Generation.Refusal is null) ? current : null;
    }
}
