using System.Diagnostics.CodeAnalysis;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>What may be asked of a partition.</summary>
public enum PartitionCommandKind : byte
{
    /// <summary>Append one batch of a client, after its envelope has been checked.</summary>
    AppendBatch,
    /// <summary>A transactional batch wants to be written, and no transaction of its producer is open: what is known of it is told, or a guard given to come back with.</summary>
    BeginVerification,
    /// <summary>Write the marker that ends a transaction.</summary>
    EndTransaction,
    /// <summary>Tell whether a batch is there that would be refused by now: a duplicate is answered as such, any other with the error that is given.</summary>
    FindBatch,
    /// <summary>Delete the records below an offset (-1: below the high watermark).</summary>
    DeleteRecords,
    /// <summary>Forget producers that have been silent for longer than the configured time.</summary>
    ExpireProducers,
    /// <summary>Tell the producers that are known (KIP-664).</summary>
    DescribeProducers,
}

/// <summary>One command to a partition. The batch's bytes are the sender's own buffer: offset and leader epoch are stamped in place, and it stays unchanged until the reply.</summary>
public readonly record struct PartitionCommand
{
    public required PartitionCommandKind Kind { get; init; }
    public RecordBatchHeader Header { get; init; }
    public Memory<byte> Batch { get; init; }
    public long BeforeOffset { get => _number; init => _number = value; }
    /// <summary>Of a transactional batch, what the verification gave; 0 when there was none.</summary>
    public long Guard { get => _number; init => _number = value; }
    /// <summary>The batch came by the second transaction protocol (KIP-890).</summary>
    public bool SupportsEpochBump { get; init; }
    /// <summary>Of <see cref="PartitionCommandKind.EndTransaction"/>.</summary>
    public EndMarker Marker => _ending!.Marker;

    // Commands are copied on the way of every batch: what only one kind has takes no room in the others.
    readonly long _number;
    readonly Ending? _ending;

    sealed record Ending(EndMarker Marker);
    /// <summary>What a batch is refused with that is not there.</summary>
    public ErrorCode Refusal { get; init; }
    /// <summary>Which producer ids the broker has given out by now.</summary>
    public ProducerIdRange GivenOut { get; init; }

    public static PartitionCommand Append(in RecordBatchHeader header, Memory<byte> batch, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.AppendBatch, Header = header, Batch = batch, GivenOut = givenOut };

    /// <summary>A batch that may be transactional.</summary>
    /// <param name="guard">What the verification gave; 0 when the transaction was open, or there is none.</param>
    /// <param name="supportsEpochBump">If it is transactional, it came by the second transaction protocol.</param>
    public static PartitionCommand AppendTransactional(in RecordBatchHeader header, Memory<byte> batch, ProducerIdRange givenOut, long guard, bool supportsEpochBump) =>
        new() { Kind = PartitionCommandKind.AppendBatch, Header = header, Batch = batch, GivenOut = givenOut, Guard = guard, SupportsEpochBump = supportsEpochBump };

    /// <param name="supportsEpochBump">The batch came by the second transaction protocol.</param>
    public static PartitionCommand BeginVerification(in RecordBatchHeader header, bool supportsEpochBump) =>
        new() { Kind = PartitionCommandKind.BeginVerification, Header = header, SupportsEpochBump = supportsEpochBump };

    public static PartitionCommand EndTransaction(in EndMarker marker) => new(PartitionCommandKind.EndTransaction, marker);

    [SetsRequiredMembers]
    PartitionCommand(PartitionCommandKind kind, in EndMarker marker) => (Kind, _ending) = (kind, new(marker));

    public static PartitionCommand Find(in RecordBatchHeader header, ErrorCode refusal, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.FindBatch, Header = header, Refusal = refusal, GivenOut = givenOut };

    public static PartitionCommand DeleteRecords(long beforeOffset, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.DeleteRecords, BeforeOffset = beforeOffset, GivenOut = givenOut };

    public static readonly PartitionCommand ExpireProducers = new() { Kind = PartitionCommandKind.ExpireProducers };
    public static readonly PartitionCommand DescribeProducers = new() { Kind = PartitionCommandKind.DescribeProducers };
}
