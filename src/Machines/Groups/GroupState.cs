using Semel.Machines.Groups.Offsets;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Machines.Groups;

/// <summary>Everything that a group coordinator's log says. It applies what is in the log and judges nothing.</summary>
internal sealed class GroupState
{
    readonly PlantedFault _fault;

    public GroupState(PlantedFault fault)
    {
        _fault = fault;
        Offsets = new OffsetTable(Groups, fault);
    }

    public long StartOffset { get; set; }
    public long EndOffset { get; set; }
    public GroupTable Groups { get; } = new();
    public OffsetTable Offsets { get; }
    public LogProducers Producers { get; } = new();

    public long LastStableOffset => Producers.LastStableOffset(StartOffset, EndOffset);

    public void Apply(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        Invariant.Check(header.NextOffset > EndOffset, "offsets rise from batch to batch");
        EndOffset = header.NextOffset;
        var ended = header.HasProducerId ? Producers.Apply(header, batch, appendedAt.Steady) : null;
        if (ended is { } transaction) Offsets.EndTransaction(transaction.ProducerId, transaction.Commit || _fault == PlantedFault.PendingPromotedOnAbort);
        if (header.Attributes.IsControl) return;
        var producerId = header.Attributes.IsTransactional ? header.ProducerId : ProducerId.None;
        var at = new AppliedAt(new Instant(header.MaxTimestamp), appendedAt.Steady);
        using var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            if (records.KeyIsNull) continue;
            // Keys and values of bodies are kept as slices of these bytes.
            var record = StateLogs.ConsumerOffsets.Read(records.Key.ToArray(), records.ValueIsNull ? (ReadOnlyMemory<byte>?)null : records.Value.ToArray());
            Offsets.Apply(record, producerId, records.Offset);
            if (GroupBodies.GroupOf(record.Key) is not { } name) continue;
            var group = Groups.FindOrAdd(name);
            GroupBodies.Apply(group, record, at);
            Groups.Tidy(group);
        }
    }

    /// <returns>False when it began there or above before.</returns>
    public bool MoveStart(long offset)
    {
        if (offset <= StartOffset) return false;
        StartOffset = offset;
        EndOffset = Math.Max(EndOffset, offset);
        Producers.StartMoved(offset);
        return true;
    }
}
