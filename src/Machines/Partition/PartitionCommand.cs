using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>What may be asked of a partition.</summary>
public enum PartitionCommandKind : byte
{
    /// <summary>Append one batch of a client, after its envelope has been checked.</summary>
    AppendBatch,
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
    public long BeforeOffset { get; init; }
    /// <summary>What a batch is refused with that is not there.</summary>
    public ErrorCode Refusal { get; init; }
    /// <summary>Which producer ids the broker has given out by now.</summary>
    public ProducerIdRange GivenOut { get; init; }

    public static PartitionCommand Append(in RecordBatchHeader header, Memory<byte> batch, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.AppendBatch, Header = header, Batch = batch, GivenOut = givenOut };

    public static PartitionCommand Find(in RecordBatchHeader header, ErrorCode refusal, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.FindBatch, Header = header, Refusal = refusal, GivenOut = givenOut };

    public static PartitionCommand DeleteRecords(long beforeOffset, ProducerIdRange givenOut) =>
        new() { Kind = PartitionCommandKind.DeleteRecords, BeforeOffset = beforeOffset, GivenOut = givenOut };

    public static readonly PartitionCommand ExpireProducers = new() { Kind = PartitionCommandKind.ExpireProducers };
    public static readonly PartitionCommand DescribeProducers = new() { Kind = PartitionCommandKind.DescribeProducers };
}
