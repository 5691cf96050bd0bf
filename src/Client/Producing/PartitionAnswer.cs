namespace Semel.Client.Producing;

/// <summary>How an attempt to deliver a batch ended.</summary>
internal enum AnswerKind
{
    /// <summary>The broker answered.</summary>
    Answered,
    /// <summary>Bytes were written and no answer came: the broker may have appended the batch.</summary>
    Lost,
    /// <summary>Not one byte left the process.</summary>
    NotSent,
}

/// <summary>One record that the broker names as a reason for refusing its whole batch (Produce v8).</summary>
internal readonly record struct RecordRefusal(int Index, string? Message);

/// <summary>Who leads a partition.</summary>
internal readonly record struct PartitionLeader(int Partition, NodeId Node, int LeaderEpoch);

/// <summary>The end of one attempt for one batch.</summary>
internal sealed record PartitionAnswer(AnswerKind Kind, ErrorCode Code)
{
    /// <summary>-1 when the broker told none.</summary>
    public long BaseOffset { get; init; } = -1;
    /// <summary>Milliseconds since 1970; -1 when the records keep their own timestamps.</summary>
    public long LogAppendTime { get; init; } = -1;
    /// <summary>-1 when the broker told none.</summary>
    public long LogStartOffset { get; init; } = -1;
    public string? Message { get; init; }
    public IReadOnlyList<RecordRefusal> Refusals { get; init; } = [];
    /// <summary>Where the broker says the partition's leader is now (KIP-951).</summary>
    public PartitionLeader? LeaderHint { get; init; }

    public bool IsSuccess => Kind == AnswerKind.Answered && Code is ErrorCode.None or ErrorCode.DuplicateSequenceNumber;

    public static PartitionAnswer Appended(long baseOffset, long logAppendTime = -1) => new(AnswerKind.Answered, ErrorCode.None) { BaseOffset = baseOffset, LogAppendTime = logAppendTime };
    public static PartitionAnswer Refused(ErrorCode code, string? message = null) => new(AnswerKind.Answered, code) { Message = message };
    public static PartitionAnswer Unanswered(bool wasWritten, string reason) => new(wasWritten ? AnswerKind.Lost : AnswerKind.NotSent, ErrorCode.NetworkException) { Message = reason };

    /// <summary>What happened, for an error's text.</summary>
    public override string ToString() => Kind switch
    {
        AnswerKind.Answered => Message is null ? Code.ToString() : $"{Code} ({Message})",
        AnswerKind.Lost => $"no answer ({Message})",
        _ => $"not sent ({Message})",
    };
}
