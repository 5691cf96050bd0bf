using Semel.Protocol.Wire;

namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// What members of the sticky strategies say of themselves besides what every subscription says, in the bytes of Java's clients. A sticky member gives everything
/// back before it joins, so what it had stands here; a cooperative one says its generation here as well, for leaders that do not read it in the subscription.
/// </summary>
internal static class StickyUserData
{
    public static byte[] OfSticky(IEnumerable<TopicPartition> previous, int generation)
    {
        using var writer = new WireWriter(128);
        var topics = previous.GroupBy(static partition => partition.Topic, static partition => partition.Partition, StringComparer.Ordinal).OrderBy(static topic => topic.Key, StringComparer.Ordinal).ToArray();
        writer.WriteInt32(topics.Length);
        foreach (var topic in topics)
        {
            writer.WriteString(topic.Key, false);
            var numbers = topic.Order().ToArray();
            writer.WriteInt32(numbers.Length);
            foreach (var number in numbers) writer.WriteInt32(number);
        }
        writer.WriteInt32(generation);
        return writer.ToArray();
    }

    public static byte[] OfCooperative(int generation)
    {
        using var writer = new WireWriter(8);
        writer.WriteInt32(generation);
        return writer.ToArray();
    }

    /// <summary>False when the bytes say nothing that could be understood. Older clients say no generation.</summary>
    public static bool TryReadSticky(ReadOnlyMemory<byte> bytes, out List<TopicPartition> previous, out int generation)
    {
        (previous, generation) = ([], -1);
        try
        {
            var reader = new WireReader(bytes);
            for (var topics = reader.ReadArrayLength(false, 6); topics > 0; topics--)
            {
                var topic = reader.ReadString(false);
                for (var count = reader.ReadArrayLength(false, 4); count > 0; count--) previous.Add(new TopicPartition(topic, reader.ReadInt32()));
            }
            if (reader.Remaining >= 4) generation = reader.ReadInt32();
            return true;
        }
        catch (WireFormatException)
        {
            previous = [];
            return false;
        }
    }

    public static int ReadCooperative(ReadOnlyMemory<byte> bytes) => bytes.Length >= 4 ? System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.Span) : -1;
}
