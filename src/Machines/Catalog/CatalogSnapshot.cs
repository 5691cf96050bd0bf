using System.Buffers;
using System.Text;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>The catalog's state as bytes: topics sorted by name, so that equal states are equal bytes.</summary>
internal static class CatalogSnapshot
{
    const short Version = 1;
    const int IdSize = 16;

    public static void Write(CatalogState state, IBufferWriter<byte> output)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.EndOffset);
        writer.WriteInt64(state.NextProducerId.Value);
        var topics = new CatalogView(state.Topics(), state.NextProducerId).Topics;
        writer.WriteInt32(topics.Count);
        foreach (var topic in topics) Write(writer, topic);
    }

    static void Write(SnapshotEncoder writer, CatalogTopic topic)
    {
        Span<byte> id = stackalloc byte[IdSize];
        topic.TopicId.Value.TryWriteBytes(id, bigEndian: true, out _);
        Write(writer, topic.Name);
        writer.WriteBytes(id);
        writer.WriteInt32(topic.PartitionCount);
        writer.WriteInt32(topic.Config.Overrides.Count);
        foreach (var (name, value) in topic.Config.Overrides.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Write(writer, name);
            Write(writer, value);
        }
    }

    static void Write(SnapshotEncoder writer, string text) => writer.WriteBytes(Encoding.UTF8.GetBytes(text));

    public static bool TryRead(ReadOnlySpan<byte> bytes, IReadOnlyDictionary<string, string> brokerDefaults, out CatalogState state)
    {
        state = new CatalogState();
        var reader = new SnapshotDecoder(bytes);
        if (reader.ReadInt16() != Version) return false;
        state.EndOffset = reader.ReadInt64();
        var next = reader.ReadInt64();
        if (next < 0 || state.EndOffset < 0) return false;
        state.RestoreProducerIds(new ProducerId(next));
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
            if (!TryReadTopic(ref reader, brokerDefaults, state)) return false;
        return reader.IsComplete;
    }

    static bool TryReadTopic(ref SnapshotDecoder reader, IReadOnlyDictionary<string, string> brokerDefaults, CatalogState state)
    {
        var name = Encoding.UTF8.GetString(reader.ReadBytes());
        var id = reader.ReadBytes();
        var partitions = reader.ReadInt32();
        var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var config = Encoding.UTF8.GetString(reader.ReadBytes());
            var value = Encoding.UTF8.GetString(reader.ReadBytes());
            if (TopicConfigTable.Refusal(config, value) is not null) return false;
            overrides[config] = value;
        }
        if (reader.WasShort || id.Length != IdSize || partitions < 1 || TopicName.Refusal(name) is not null) return false;
        var topicId = new TopicId(new Guid(id, bigEndian: true));
        if (state.Find(name) is not null || state.Find(topicId) is not null) return false;
        state.Put(new CatalogTopic(name, topicId, partitions, new TopicConfig(overrides, brokerDefaults)));
        return true;
    }
}
