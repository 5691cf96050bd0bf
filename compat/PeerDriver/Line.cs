using System.Buffers;
using System.Text.Json;

namespace Semel.PeerDriver;

/// <summary>One JSON object a line, written at once. Thread safe.</summary>
static class Line
{
    static readonly Lock Gate = new();
    static readonly Stream Output = Console.OpenStandardOutput();

    public static void Print(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        lock (Gate) Output.Write(bytes.WrittenSpan);
    }

    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
