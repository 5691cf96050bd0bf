using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Semel.Cli.Transactions;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Cli.Dump;

/// <summary>
/// A record of a log in which a coordinator keeps its state, as Kafka's dump tool prints it: which kind it is and in which version, and its fields with Kafka's
/// names. What members told each other inside it is opened as well.
/// </summary>
/// <param name="Key">An object with "type" and "data"; "data" is the text "unknown" for a kind that this program does not know.</param>
/// <param name="Value">An object with "version" and "data"; null for a tombstone and for a kind that is not known.</param>
public sealed record DumpedState(JsonObject Key, JsonObject? Value, bool IsTombstone)
{
    static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="WireFormatException">The bytes are no record of that log.</exception>
    public static DumpedState Of(StateLog log, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool valueIsNull)
    {
        var record = log.Read(key.ToArray(), valueIsNull ? (ReadOnlyMemory<byte>?)null : value.ToArray());
        var keyObject = new JsonObject { ["type"] = $"{record.Type}", ["data"] = record.Key is null ? "unknown" : Fields(record.Key, version: 0) };
        if (record.Value is null) return new(keyObject, null, record.IsTombstone);
        var data = Fields(record.Value, record.ValueVersion);
        Open(record.Value, data);
        return new(keyObject, new JsonObject { ["version"] = $"{record.ValueVersion}", ["data"] = data }, IsTombstone: false);
    }

    /// <summary>On one line.</summary>
    public static string Text(JsonObject part) => Written(json => part.WriteTo(json));

    static JsonObject Fields(IJsonMessage message, short version) => JsonNode.Parse(Written(json => message.WriteJson(json, version)))!.AsObject();

    static string Written(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain)) write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Numbers that have names, and bytes that have contents.</summary>
    static void Open(IJsonMessage value, JsonObject data)
    {
        switch (value)
        {
            case TransactionLogValue transaction:
                data["transactionStatus"] = StatusName(transaction.TransactionStatus);
                break;
            case GroupMetadataValue { ProtocolType: ConsumerProtocol.Type } group:
                foreach (var (member, fields) in group.Members.Zip(data["members"]!.AsArray()))
                {
                    if (ConsumerProtocol.TryReadSubscription(member.Subscription, out var subscription, out var version)) fields!["subscription"] = Known(subscription, version);
                    if (ConsumerProtocol.TryReadAssignment(member.Assignment, out var assignment, out version)) fields!["assignment"] = Known(assignment, version);
                }
                break;
        }
    }

    static JsonObject Known<TData>(TData data, short version) where TData : IVersionedData => Fields(data, Math.Min(version, TData.Versions.Highest));

    static string StatusName(sbyte status) => status >= 0 && status < TransactionWords.States.Count ? TransactionWords.States[status] : $"{status}";
}
