using System.Text;
using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>One record as every driver prints it.</summary>
static class RecordLine
{
    /// <param name="withTopic">A member of a group may read several.</param>
    public static void Print(ConsumeResult<string, string> record, bool withTopic = false) => Line.Print(json =>
    {
        if (withTopic) json.WriteString("topic", record.Topic);
        json.WriteNumber("partition", record.Partition);
        json.WriteNumber("offset", record.Offset.Value);
        json.WriteString("key", record.Message.Key);
        json.WriteString("value", record.Message.Value);
        json.WriteStartArray("headers");
        foreach (var header in record.Message.Headers ?? [])
        {
            json.WriteStartArray();
            json.WriteStringValue(header.Key);
            json.WriteStringValue(header.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteNumber("timestamp", record.Message.Timestamp.UnixMilliseconds);
    });
}
