using Semel.Protocol.Records;

namespace Semel.Cli.Dump;

/// <summary>One place of a segment file: a batch, or bytes that are none.</summary>
/// <param name="Position">Of the first byte, from the start of the file.</param>
/// <param name="SizeInBytes">Of the batch, or of the bytes up to the next batch that can be read.</param>
/// <param name="Header">As it stands there; null when not even a header is there.</param>
/// <param name="Bytes">The whole batch; empty when it is not there. Good until the next step of the scan.</param>
/// <param name="Damage">A sentence that says what is wrong; null when nothing is.</param>
public readonly record struct ScannedBatch(long Position, long SizeInBytes, RecordBatchHeader? Header, ReadOnlyMemory<byte> Bytes, string? Damage);
