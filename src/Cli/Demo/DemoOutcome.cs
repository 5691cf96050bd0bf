namespace Semel.Cli.Demo;

/// <summary>What one run showed.</summary>
/// <param name="Acknowledged">Lines of which the producer was told that they are stored.</param>
/// <param name="AcknowledgementsDropped">Answers to Produce requests that the proxy kept from the producer.</param>
/// <param name="RequestsRepeated">Produce requests that the network delivered twice, or late.</param>
/// <param name="RequestsCorrupted">Produce requests in which the network changed a byte.</param>
/// <param name="ConnectionsCut">By the proxy.</param>
/// <param name="DuplicatesRecognised">Batches that came again and that the broker acknowledged without storing them again, by its own log.</param>
/// <param name="Crashes">How often the broker was killed.</param>
public sealed record DemoOutcome(bool Idempotent, LineAccount Lines, long Acknowledged, long AcknowledgementsDropped, long RequestsRepeated, long RequestsCorrupted, long ConnectionsCut, long DuplicatesRecognised, int Crashes, TimeSpan Elapsed);
