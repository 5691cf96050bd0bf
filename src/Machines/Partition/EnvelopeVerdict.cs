using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>What the check of one partition's produced bytes found.</summary>
public readonly record struct EnvelopeVerdict
{
    public required ErrorCode Error { get; init; }
    /// <summary>Why it was refused, for a person; null when it was not.</summary>
    public string? Message { get; init; }
    /// <summary>Which records are to blame, by their place in the batch (KIP-467); null when it is the batch as a whole.</summary>
    public IReadOnlyList<EnvelopeRecordError>? RecordErrors { get; init; }
    /// <summary>It was refused for what may have been otherwise when it was sent first, the clock or a limit: whether it is there is to be asked first.</summary>
    public bool MayBeThere { get; init; }
    /// <summary>The batch's header; meaningful only without an error, or when it may be there.</summary>
    public RecordBatchHeader Header { get; init; }
    /// <summary>Bytes of the one batch, from the beginning of what was sent. What follows is no whole batch and is left out.</summary>
    public int Length { get; init; }

    public static EnvelopeVerdict Refused(ErrorCode error, string message, IReadOnlyList<EnvelopeRecordError>? recordErrors = null) =>
        new() { Error = error, Message = message, RecordErrors = recordErrors };
}

/// <param name="BatchIndex">The record's place in its batch, from 0.</param>
public readonly record struct EnvelopeRecordError(int BatchIndex, string Message);
