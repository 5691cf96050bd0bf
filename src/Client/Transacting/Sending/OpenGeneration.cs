using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Transacting.Sending;

/// <summary>A transaction's number and the generation of its records. Thread safe.</summary>
internal sealed class OpenGeneration(long number, Generation generation)
{
    int _isSealed;

    public long Number => number;
    public Generation Generation => generation;

    /// <returns>Whether nobody did before.</returns>
    public bool TrySeal() => Interlocked.Exchange(ref _isSealed, 1) == 0;
}
