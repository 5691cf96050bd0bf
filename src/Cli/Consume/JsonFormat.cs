using System.Text.Json;
using System.Text.Unicode;
using Semel.Cli.Output;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>
/// One JSON object per line. Keys and values that are no UTF-8 text appear in base64 under another name (keyBase64, valueBase64), so that nothing is lost
/// and nothing has to be guessed.
/// </summary>
public sealed class JsonFormat : IRecordFormat
{
    public void Write(OutputText output, in ShownRecord record)
    {
        var shown = record;
        output.WriteJsonLine(json => Write(json, shown));
    }

    static void Write(Utf8JsonWriter json, in ShownRecord record)
    {
        json.WriteStartObject();
        json.WriteString("topic", record.Topic);
        json.WriteNumber("partition", record.Partition);
        json.WriteNumber("offset", record.Offset);
        json.WriteNumber("timestamp", record.Timestamp);
        json.WriteString("timestampType", record.TimestampType.ToString());
        WriteBytes(json, "key", record.Key);
        WriteBytes(json, "value", record.Value);
        WriteHeaders(json, record.Headers);
        json.WriteEndObject();
    }

    /// <summary>A list of headers; nothing when there are none.</summary>
    public static void WriteHeaders(Utf8JsonWriter json, IReadOnlyList<RecordHeader> headers)
    {
        if (headers.Count == 0) return;
        json.WriteStartArray("headers");
        foreach (var header in headers)
        {
            json.WriteStartObject();
            json.WriteString("key", header.Key);
            WriteBytes(json, "value", header.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A JSON property from bytes that are usually text.</summary>
    public static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } present) json.WriteNull(name);
        else if (Utf8.IsValid(present.Span)) json.WriteString(name, present.Span);
        else json.WriteBase64String(name + "Base64", present.Span);
    }
}
