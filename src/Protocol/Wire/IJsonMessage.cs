using System.Text.Json;

namespace Semel.Protocol.Wire;

/// <summary>A message that a person may want to read: what lies in a state log, or travels as bytes inside a request.</summary>
public interface IJsonMessage : IMessage
{
    /// <summary>
    /// Writes an object with Kafka's names: all fields of the version, but tagged ones only when they are not at their default. Bytes are base64,
    /// ids of topics as Kafka's tools print them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The message does not have the version.</exception>
    void WriteJson(Utf8JsonWriter json, short version);
}
