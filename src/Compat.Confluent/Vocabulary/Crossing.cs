using System.Buffers.Binary;

namespace Semel.Compat.Confluent;

/// <summary>The same things on both sides.</summary>
static class Crossing
{
    public static Timestamp Here(this Inner.Timestamp timestamp) => !timestamp.IsSet ? Timestamp.Default
        : new Timestamp(timestamp.UnixMilliseconds, timestamp.Type == Wire.TimestampType.LogAppendTime ? TimestampType.LogAppendTime
            : TimestampType.CreateTime);

    public static Inner.Timestamp Below(this Timestamp timestamp) => timestamp.Type == TimestampType.NotAvailable ? default
        : new Inner.Timestamp(timestamp.UnixTimestampMs);

    public static Inner.Headers Below(this Headers headers) =>
        headers is null || headers.Count == 0 ? null
            : new Inner.Headers(headers.Select(static header => new Wire.Records.RecordHeader(header.Key, header.GetValueBytes() is { } value
            ? (ReadOnlyMemory<byte>?)value : null)));

    public static Headers Here(this Inner.Headers headers)
    {
        var here = new Headers();
        if (headers is not null)
            foreach (var header in headers) here.Add(header.Key, header.Value?.ToArray());
        return here;
    }

    public static Uuid Here(this Wire.TopicId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return new Uuid(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
    }

    public static Wire.TopicPartition Below(this TopicPartition partition) => new(partition.Topic, partition.Partition.Value);
    public static TopicPartition Here(this Wire.TopicPartition partition) => new(partition.Topic, partition.Partition);
    public static Inner.TopicPartitionOffset Below(this TopicPartitionOffset place) => new(place.Topic, place.Partition.Value, place.Offset.Value);
    public static TopicPartitionOffset Here(this Inner.TopicPartitionOffset place) => new(place.Topic, place.Partition, place.Offset.Value);
}
