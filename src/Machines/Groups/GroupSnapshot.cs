using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups;

/// <summary>
/// A group coordinator's recorded state as bytes: producers with their open transactions, then each group, sorted by name, with its offsets and the records
/// that make its body, then the
/// offsets of open transactions. Equal states are equal bytes. The log guards the bytes by a checksum; here only their shape is checked.
/// </summary>
internal static class GroupSnapshot
{
    const short Version = 1;
    const int IdSize = 16, FixedSize = 33;
    const byte NewId = 1, HasExtras = 2;

    public static void Write(GroupState state, IBufferWriter<byte> output, Moment now, PlantedFault fault)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.StartOffset);
        writer.WriteInt64(state.EndOffset);
        ProducersSnapshot.Write(writer, state.Producers, now);
        // A group of which nothing is recorded, as one whose first members are joining, is not in the log.
        var groups = state.Groups.Sorted.Select(group => (Group: group, Body: StateOf(group.Body)))
            .Where(one => !one.Group.Offsets.IsEmpty || one.Body.Count > 0).ToArray();
        writer.WriteInt32(groups.Length);
        foreach (var (group, body) in groups)
        {
            Write(writer, group.Name);
            WriteOffsets(writer, group.Offsets);
            WriteBody(writer, group.Body, body);
        }
        var pending = fault == PlantedFault.PendingForgottenInSnapshot ? [] : state.Offsets.Pending.Sorted.ToArray();
        writer.WriteInt32(pending.Length);
        foreach (var (producerId, key, offset) in pending)
        {
            writer.WriteInt64(producerId.Value);
            Write(writer, key.Group);
            Write(writer, key.Topic);
            Write(writer, offset, null);
        }
    }

    static void WriteOffsets(SnapshotEncoder writer, GroupOffsets offsets)
    {
        writer.WriteInt32(offsets.Topics.Count);
        foreach (var topic in offsets.Topics)
        {
            Write(writer, topic.Name);
            writer.WriteInt32(topic.Count);
            OffsetTopic? before = null;
            foreach (ref readonly var offset in topic.All)
            {
                Write(writer, offset, before);
                before = offset.Topic;
            }
        }
    }

    /// <param name="before">The topic of the offset before, whose id need not be written again.</param>
    static void Write(SnapshotEncoder writer, in CommittedOffset offset, OffsetTopic? before)
    {
        var isNew = !ReferenceEquals(offset.Topic, before);
        var hasExtras = offset.Metadata.Length > 0 || offset.ExpireTimestamp >= 0;
        writer.WriteByte((byte)((isNew ? NewId : 0) | (hasExtras ? HasExtras : 0)));
        writer.WriteInt32(offset.Partition);
        writer.WriteInt64(offset.Offset);
        writer.WriteInt32(offset.LeaderEpoch);
        writer.WriteInt64(offset.CommitTimestamp);
        writer.WriteInt64(offset.RecordOffset);
        if (isNew)
        {
            Span<byte> id = stackalloc byte[IdSize];
            offset.Topic.Id.Value.TryWriteBytes(id, bigEndian: true, out _);
            writer.WriteBytes(id);
        }
        if (!hasExtras) return;
        Write(writer, offset.Metadata);
        writer.WriteInt64(offset.ExpireTimestamp);
    }

    static GroupRecords StateOf(GroupBody? body)
    {
        var records = new GroupRecords();
        body?.WriteState(records);
        return records;
    }

    static void WriteBody(SnapshotEncoder writer, GroupBody? body, GroupRecords records)
    {
        writer.WriteInt32(records.Count);
        if (records.Count == 0) return;
        writer.WriteInt64(body!.WrittenAt.UnixMilliseconds);
        foreach (var (key, value) in records.All)
        {
            writer.WriteBytes(key);
            writer.WriteBytes(value);
        }
    }

    static void Write(SnapshotEncoder writer, string text) => writer.WriteBytes(Encoding.UTF8.GetBytes(text));

    public static bool TryRead(ReadOnlySpan<byte> bytes, Moment now, PlantedFault fault, out GroupState state)
    {
        state = new GroupState(fault);
        var reader = new SnapshotDecoder(bytes);
        if (reader.ReadInt16() != Version) return false;
        (state.StartOffset, state.EndOffset) = (reader.ReadInt64(), reader.ReadInt64());
        if (state.StartOffset < 0 || state.EndOffset < state.StartOffset) return false;
        if (!ProducersSnapshot.TryRead(ref reader, ProducersSnapshot.Layout.Present, now, state.Producers)) return false;
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var group = state.Groups.FindOrAdd(ReadText(ref reader));
            if (!TryReadOffsets(ref reader, group.Offsets, state.Offsets.Topics) || !TryReadBody(ref reader, group, now)) return false;
        }
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var producerId = new ProducerId(reader.ReadInt64());
            var group = state.Groups.FindOrAdd(ReadText(ref reader));
            OffsetTopic? topic = null;
            if (!TryRead(ref reader, ReadText(ref reader), state.Offsets.Topics, ref topic, out var offset)) return false;
            state.Offsets.Pending.Put(producerId, group, offset);
        }
        return reader.IsComplete;
    }

    static bool TryReadOffsets(ref SnapshotDecoder reader, GroupOffsets offsets, OffsetTopics topics)
    {
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var name = ReadText(ref reader);
            var count = reader.ReadInt32();
            if (count < 0 || count > reader.Left / FixedSize) return false;
            if (count > 0) offsets.Reserve(name, count);
            OffsetTopic? topic = null;
            for (; count > 0; count--)
            {
                if (!TryRead(ref reader, name, topics, ref topic, out var offset)) return false;
                offsets.Put(offset);
            }
        }
        return !reader.WasShort;
    }

    static bool TryRead(ref SnapshotDecoder reader, string name, OffsetTopics topics, ref OffsetTopic? topic, out CommittedOffset offset)
    {
        offset = default;
        // One look for all fixed fields: there may be a million of them.
        var fields = reader.ReadSpan(FixedSize);
        if (fields.IsEmpty) return false;
        var flags = fields[0];
        if ((flags & NewId) != 0)
        {
            var id = reader.ReadBytes();
            if (id.Length != IdSize) return false;
            topic = topics.Of(name, new TopicId(new Guid(id, bigEndian: true)));
        }
        if (topic is null) return false;
        var extras = (flags & HasExtras) != 0 ? OffsetExtras.Of(ReadText(ref reader), reader.ReadInt64()) : null;
        offset = new CommittedOffset(
            BinaryPrimitives.ReadInt32BigEndian(fields[1..]), BinaryPrimitives.ReadInt64BigEndian(fields[5..]), BinaryPrimitives.ReadInt32BigEndian(fields[13..]),
            BinaryPrimitives.ReadInt64BigEndian(fields[17..]), topic, extras, BinaryPrimitives.ReadInt64BigEndian(fields[25..]));
        return !reader.WasShort;
    }

    static bool TryReadBody(ref SnapshotDecoder reader, Group group, Moment now)
    {
        var left = reader.ReadInt32();
        if (left <= 0) return left == 0;
        var at = new AppliedAt(new Instant(reader.ReadInt64()), now.Steady);
        for (; left > 0 && !reader.WasShort; left--)
        {
            var (key, value) = (reader.ReadBytes().ToArray(), reader.ReadBytes().ToArray());
            if (reader.WasShort) return false;
            var record = StateLogs.ConsumerOffsets.Read(key, value);
            if (GroupBodies.GroupOf(record.Key) != group.Name) return false;
            GroupBodies.Apply(group, record, at);
        }
        return !reader.WasShort;
    }

    static string ReadText(ref SnapshotDecoder reader) => Encoding.UTF8.GetString(reader.ReadBytes());
}
