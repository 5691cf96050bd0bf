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
        Write(output.BeginJsonLine(), record);
        output.EndJsonLine();
    }

    static void Write(Utf8JsonWriter json, in ShownRecord record)
    {
        json.WriteStartObject();
        json.WriteString("topic", record.Topic);
        json.WriteNumber("partition", record.Partition);
        json.WriteNumber("offset", record.Offset);
        json.WriteNumber("timestamp", record.Timestamp);
        json.WriteString("timestampType", record.TimestampType.ToString());
        WriteBytes(json, "key", record.Key, record.KeyIsNull);
        WriteBytes(json, "value", record.Value, record.ValueIsNull);
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
            WriteBytes(json, "value", header.Value.GetValueOrDefault().Span, header.Value is null);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A JSON property from bytes that are usually text.</summary>
    public static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes, bool isNull)
    {
        if (isNull) json.WriteNull(name);
        else if (Utf8.IsValid(bytes)) json.WriteString(name, bytes);
        else json.WriteBase64String(name + "Base64", bytes);
    }
}
