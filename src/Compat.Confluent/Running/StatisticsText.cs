using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Semel.Compat.Confluent;

/// <summary>Statistics as JSON, with the names that librdkafka's have. A number that there is none of here is left out.</summary>
static class StatisticsText
{
    public static string Of(RunningClient client, string type, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var now = DateTimeOffset.UtcNow;
            json.WriteStartObject();
            json.WriteString("name", client.Name);
            json.WriteString("client_id", client.Value("client.id") ?? "semel");
            json.WriteString("type", type);
            json.WriteNumber("ts", (long)(TimeProvider.System.GetTimestamp() * (1_000_000.0 / TimeProvider.System.TimestampFrequency)));
            json.WriteNumber("time", now.ToUnixTimeSeconds());
            json.WriteNumber("age", (long)TimeProvider.System.GetElapsedTime(client.BeganAt).TotalMicroseconds);
            json.WriteNumber("replyq", client.Events.Count);
            rest(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>topics, each with its partitions.</summary>
    public static void WriteTopics(this Utf8JsonWriter json, IEnumerable<(string Topic, int Partition, Action<Utf8JsonWriter> Write)> partitions)
    {
        json.WriteStartObject("topics");
        foreach (var topic in partitions.GroupBy(static partition => partition.Topic))
        {
            json.WriteStartObject(topic.Key);
            json.WriteString("topic", topic.Key);
            json.WriteStartObject("partitions");
            foreach (var (_, partition, write) in topic)
            {
                json.WriteStartObject($"{partition}");
                json.WriteNumber("partition", partition);
                write(json);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
