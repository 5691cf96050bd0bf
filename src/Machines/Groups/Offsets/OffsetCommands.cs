using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>OffsetCommit: offsets of a group, by a member of it or by somebody who assigns partitions himself.</summary>
public record CommitOffsets : GroupCommand
{
    public required GroupId GroupId { get; init; }
    /// <summary>The generation of a classic member, the epoch of a KIP-848 member; -1 for none.</summary>
    public int GenerationOrEpoch { get; init; } = -1;
    /// <summary>Empty for none.</summary>
    public string MemberId { get; init; } = "";
    public string? InstanceId { get; init; }
    /// <summary>Of the request.</summary>
    public required short Version { get; init; }
    /// <summary>For how many milliseconds the client wants the offsets kept (versions 2 to 4); -1: as the broker has it.</summary>
    public long RetentionMs { get; init; } = -1;
    public required IReadOnlyList<TopicCommit> Topics { get; init; }
}

/// <summary>TxnOffsetCommit: offsets that count when the transaction of their producer is committed.</summary>
public sealed record CommitTransactional : CommitOffsets
{
    public required ProducerId ProducerId { get; init; }
    public required ProducerEpoch ProducerEpoch { get; init; }
    /// <summary>What <see cref="BeginVerification"/> gave; 0 when it said that the transaction is open here already.</summary>
    public long Guard { get; init; }
    /// <summary>Of the connection that asks: it grows with each that is accepted; 0 for none.</summary>
    public long ConnectionOrdinal { get; init; }
}

/// <summary>Offsets of one topic, which is named by its name, or by its id when <paramref name="Name"/> is null.</summary>
public sealed record TopicCommit(string? Name, TopicId TopicId, IReadOnlyList<PartitionCommit> Partitions);

/// <summary>One offset that shall be committed.</summary>
public readonly record struct PartitionCommit(int Partition, long Offset, int LeaderEpoch = -1, string? Metadata = null);

/// <summary>OffsetFetch of one group.</summary>
public sealed record FetchOffsets : GroupCommand
{
    public required GroupId GroupId { get; init; }
    /// <summary>Null: whoever asks is no member.</summary>
    public string? MemberId { get; init; }
    public int MemberEpoch { get; init; } = -1;
    /// <summary>Partitions for which a transaction holds an offset are UNSTABLE_OFFSET_COMMIT (KIP-447).</summary>
    public bool RequireStable { get; init; }
    /// <summary>Null: all partitions that have an offset.</summary>
    public IReadOnlyList<TopicPartitions>? Topics { get; init; }
}

/// <summary>Partitions of one topic, which is named by its name, or by its id when <paramref name="Name"/> is null.</summary>
public sealed record TopicPartitions(string? Name, TopicId TopicId, IReadOnlyList<int> Partitions);

/// <summary>OffsetDelete: forgets offsets of topics that no member reads (KIP-496).</summary>
public sealed record DeleteOffsets : GroupCommand
{
    public required GroupId GroupId { get; init; }
    public required IReadOnlyList<TopicPartitions> Topics { get; init; }
}

/// <summary>Begins to verify that a producer's transaction has this group log in it, which its coordinator is asked next (KIP-890).</summary>
/// <param name="SupportsEpochBump">The producer speaks the second transaction protocol.</param>
public sealed record BeginVerification(ProducerId ProducerId, ProducerEpoch ProducerEpoch, bool SupportsEpochBump) : GroupCommand;

/// <summary>The answer to <see cref="BeginVerification"/>.</summary>
/// <param name="Guard">To be given to <see cref="CommitTransactional"/>; 0 when <paramref name="IsOpen"/>, or when it was refused.</param>
/// <param name="IsOpen">The transaction is open here already: its coordinator need not be asked.</param>
public sealed record VerificationReply(ErrorCode Error, long Guard, bool IsOpen) : GroupReply(Error);

/// <summary>
/// A transaction that has this group log in it has ended (WriteTxnMarkers). Answered when the marker is durable and what was pending counts, or is gone.
/// </summary>
public sealed record EndTransaction(EndMarker Marker) : GroupCommand;

/// <summary>The answer to a commit or deletion: an error for each partition, in the request's order. With an error of the whole there are none.</summary>
public sealed record OffsetErrors(ErrorCode Error, IReadOnlyList<IReadOnlyList<ErrorCode>> Topics) : GroupReply(Error);

/// <summary>The answer to <see cref="FetchOffsets"/>: in the request's order, or sorted by name when all were asked.</summary>
public sealed record FetchedOffsets(ErrorCode Error, IReadOnlyList<FetchedTopic> Topics) : GroupReply(Error);

/// <summary>One topic's offsets.</summary>
/// <param name="Name">Null when the id that was asked for is that of no topic.</param>
public sealed record FetchedTopic(string? Name, TopicId TopicId, IReadOnlyList<FetchedOffset> Partitions);

/// <summary>One partition's committed offset; -1 when there is none or it is not stable.</summary>
public readonly record struct FetchedOffset(int Partition, long Offset, int LeaderEpoch, string Metadata, ErrorCode Error)
{
    public static FetchedOffset None(int partition, ErrorCode error = ErrorCode.None) => new(partition, -1, -1, "", error);
}
