using System.Buffers;
using System.Text;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>
/// The catalog's state as bytes: topics sorted by name, so that equal states are equal bytes. Version 1 knew neither the first producer id of all, which was 0, nor
/// since when a topic is there, nor whether its logs were made before it, which they were not. Before version 3 no topic was internal, before
/// version 4 the cluster's name was no fact.
/// </summary>
internal static class CatalogSnapshot
{
    const short Version = 4, WithClusterId = 4, WithInternal = 3, FirstVersion = 1;
    const int IdSize = 16;

    public static void Write(CatalogState state, IBufferWriter<byte> output)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.EndOffset);
        writer.WriteInt64(state.NextProducerId.Value);
        writer.WriteInt64(state.FirstProducerId.Value);
        Write(writer, state.ClusterId ?? "");
        var topics = state.View().Topics;
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
        writer.WriteByte(topic.HasLogs ? (byte)1 : (byte)0);
        writer.WriteByte(topic.IsInternal ? (byte)1 : (byte)0);
        writer.WriteInt64(topic.ProducersSince.Value);
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
        var version = reader.ReadInt16();
        if (version is < FirstVersion or > Version) return false;
        state.EndOffset = reader.ReadInt64();
        var next = reader.ReadInt64();
        var first = version > FirstVersion ? reader.ReadInt64() : next == 0 ? ProducerId.None.Value : 0;
        if (state.EndOffset < 0 || first < ProducerId.None.Value || next < Math.Max(0, first)) return false;
        state.RestoreProducerIds(new ProducerId(first), new ProducerId(next));
        if (version >= WithClusterId && Encoding.UTF8.GetString(reader.ReadBytes()) is { Length: > 0 } clusterId) state.RestoreClusterId(clusterId);
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
            if (!TryReadTopic(ref reader, version, brokerDefaults, state)) return false;
        return reader.IsComplete;
    }

    static bool TryReadTopic(ref SnapshotDecoder reader, short version, IReadOnlyDictionary<string, string> brokerDefaults, CatalogState state)
    {
        var name = Encoding.UTF8.GetString(reader.ReadBytes());
        var id = reader.ReadBytes();
        var partitions = reader.ReadInt32();
        var hasLogs = version > FirstVersion ? reader.ReadByte() : (byte)0;
        var isInternal = version >= WithInternal ? reader.ReadByte() : (byte)0;
        var since = version > FirstVersion ? new ProducerId(reader.ReadInt64()) : state.NextProducerId;
        var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0 && !reader.WasShort; left--)
        {
            var config = Encoding.UTF8.GetString(reader.ReadBytes());
            var value = Encoding.UTF8.GetString(reader.ReadBytes());
            if (TopicConfigTable.Refusal(config, value) is not null) return false;
            overrides[config] = value;
        }
        if (reader.WasShort || hasLogs > 1 || isInternal > 1 || since.IsNone || id.Length != IdSize || partitions < 1 || TopicName.Refusal(name) is not null) return false;
        var topicId = new TopicId(new Guid(id, bigEndian: true));
        if (state.Find(name) is not null || state.Find(topicId) is not null) return false;
        state.Put(new CatalogTopic(name, topicId, partitions, new TopicConfig(overrides, brokerDefaults)) { HasLogs = hasLogs == 1, IsInternal = isInternal == 1, ProducersSince = since });
        return true;
    }
}
