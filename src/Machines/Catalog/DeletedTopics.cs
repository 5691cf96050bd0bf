using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Catalog;

/// <summary>Which topics were deleted: the catalog's state forgets them, its log, which is never trimmed, does not.</summary>
public static class DeletedTopics
{
    /// <summary>Adds those that one batch of the catalog's log deletes.</summary>
    public static void Collect(ReadOnlySpan<byte> batch, ISet<TopicId> deleted)
    {
        using var records = new RecordBatchReader(batch);
        while (records.MoveNext())
            if (BinaryPrimitives.ReadInt16BigEndian(records.Key) == RemoveTopicRecord.RecordType) deleted.Add(LogRecordValue.Read<RemoveTopicRecord>(records.Value.ToArray()).TopicId);
    }
}
