using System.Buffers;
using System.Text;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>A coordinator's state as bytes: what the log would say of each id, sorted by name, so that equal states are equal bytes.</summary>
internal static class TransactionSnapshot
{
    const short Version = 1;
    const int IdSize = 16;

    public static void Write(long startOffset, long endOffset, TransactionTable table, IBufferWriter<byte> output)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(startOffset);
        writer.WriteInt64(endOffset);
        writer.WriteInt32(table.Count);
        foreach (var entry in table.All.OrderBy(static entry => entry.Id.Value, StringComparer.Ordinal)) Write(writer, entry.Id, entry.Facts);
    }

    static void Write(SnapshotEncoder writer, TransactionalId id, in TransactionFacts facts)
    {
        writer.WriteBytes(Encoding.UTF8.GetBytes(id.Value));
        writer.WriteByte((byte)facts.State);
        writer.WriteByte((byte)facts.EndReason);
        writer.WriteInt16(facts.TransactionVersion);
        writer.WriteInt64(facts.ProducerId.Value);
        writer.WriteInt64(facts.PreviousProducerId.Value);
        writer.WriteInt64(facts.NextProducerId.Value);
        writer.WriteInt16(facts.Epoch.Value);
        writer.WriteInt16(facts.LastEpoch.Value);
        writer.WriteInt32(facts.TimeoutMs);
        writer.WriteInt64(facts.StartMs);
        writer.WriteInt64(facts.UpdatedMs);
        writer.WriteInt32(facts.Participants.Count);
        Span<byte> topicId = stackalloc byte[IdSize];
        foreach (var participant in facts.Participants)
        {
            writer.WriteByte((byte)participant.Kind);
            writer.WriteBytes(Encoding.UTF8.GetBytes(participant.Topic));
            participant.TopicId.Value.TryWriteBytes(topicId, bigEndian: true, out _);
            writer.WriteBytes(topicId);
            writer.WriteInt32(participant.Partition);
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out long startOffset, out long endOffset, out TransactionTable table)
    {
        table = new TransactionTable();
        var reader = new SnapshotDecoder(bytes);
        var version = reader.ReadInt16();
        (startOffset, endOffset) = (reader.ReadInt64(), reader.ReadInt64());
        if (version != Version || startOffset < 0 || endOffset < startOffset) return false;
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var id = new TransactionalId(Encoding.UTF8.GetString(reader.ReadBytes()));
            if (!TryRead(ref reader, out var facts) || table.TryFind(id, out _)) return false;
            table.Restore(id, facts);
        }
        return reader.IsComplete;
    }

    static bool TryRead(ref SnapshotDecoder reader, out TransactionFacts facts)
    {
        facts = new()
        {
            State = (TransactionState)reader.ReadByte(),
            EndReason = (EndReason)reader.ReadByte(),
            TransactionVersion = reader.ReadInt16(),
            ProducerId = new ProducerId(reader.ReadInt64()),
            PreviousProducerId = new ProducerId(reader.ReadInt64()),
            NextProducerId = new ProducerId(reader.ReadInt64()),
            Epoch = new ProducerEpoch(reader.ReadInt16()),
            LastEpoch = new ProducerEpoch(reader.ReadInt16()),
            TimeoutMs = reader.ReadInt32(),
            StartMs = reader.ReadInt64(),
            UpdatedMs = reader.ReadInt64(),
            Participants = ParticipantSet.Empty,
        };
        if (facts.State is > TransactionState.CompleteAbort || facts.ProducerId.IsNone) return false;
        var participants = new List<Participant>();
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var kind = (ParticipantKind)reader.ReadByte();
            var topic = Encoding.UTF8.GetString(reader.ReadBytes());
            var topicId = reader.ReadBytes();
            if (topicId.Length != IdSize) return false;
            participants.Add(new Participant(kind, topic, new TopicId(new Guid(topicId, bigEndian: true)), reader.ReadInt32()));
        }
        if (participants.Count > 0) facts = facts with { Participants = ParticipantSet.Of(participants) };
        return !reader.WasShort;
    }
}
