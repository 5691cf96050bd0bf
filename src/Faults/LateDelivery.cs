namespace Semel.Faults;

/// <summary>What became of a request that was delivered after its client had lost the connection.</summary>
/// <param name="Answer">The broker's answer with its size in front; null when there was none.</param>
/// <param name="Outcome">A sentence.</param>
public sealed record LateDelivery(FrameFacts Request, ReadOnlyMemory<byte>? Answer, string Outcome);
