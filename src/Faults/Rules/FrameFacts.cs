using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Faults;

/// <summary>Which way a frame goes.</summary>
public enum FrameDirection : byte
{
    /// <summary>From the client to the broker.</summary>
    Request,
    /// <summary>From the broker to the client.</summary>
    Answer,
}

/// <summary>What is known of one frame when it is decided what happens to it. An answer has the key, the version and the client id of the request that it answers.</summary>
/// <param name="Connection">The connections of clients are numbered from 1 in the order in which they were accepted.</param>
/// <param name="Ordinal">Which frame of its connection and direction it is, from 0.</param>
/// <param name="SizeInBytes">With the four bytes that tell the size.</param>
public readonly record struct FrameFacts(FrameDirection Direction, ApiKey ApiKey, short ApiVersion, int CorrelationId, string? ClientId, int Connection, long Ordinal, int SizeInBytes)
{
    /// <summary>The key, the version and the correlation id: what every request begins with.</summary>
    const int ShortestRequest = Frame.SizeLength + 8;

    /// <summary>Reads a request's header. A frame that has none is no request of Kafka's, and nothing is known of it.</summary>
    /// <param name="frame">With its size in front.</param>
    public static bool TryReadRequest(ReadOnlyMemory<byte> frame, int connection, long ordinal, out FrameFacts facts)
    {
        facts = default;
        if (frame.Length < ShortestRequest) return false;
        try
        {
            var reader = new WireReader(frame[Frame.SizeLength..]);
            var header = RequestHeader.Read(ref reader);
            facts = new FrameFacts(FrameDirection.Request, header.ApiKey, header.ApiVersion, header.CorrelationId, header.ClientId, connection, ordinal, frame.Length);
            return true;
        }
        catch (WireFormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether the broker answers: not to a Produce without acknowledgements. A Produce whose fields cannot be read is closed upon, which needs no answer to wait for, so
    /// it is taken for one that is answered.
    /// </summary>
    /// <param name="frame">The request, with its size in front.</param>
    public static bool IsAnswered(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var reader = new WireReader(frame[Frame.SizeLength..]);
            var header = RequestHeader.Read(ref reader);
            if (header.ApiKey != ApiKey.Produce) return true;
            // The transactional id stands before the acknowledgements since version 3, the oldest there is.
            reader.ReadNullableString(RequestHeader.VersionOf(header.ApiKey, header.ApiVersion) == 2);
            return reader.ReadInt16() != (short)Acks.None;
        }
        catch (WireFormatException)
        {
            return true;
        }
    }

    /// <summary>The correlation id of an answer, which is the first thing in it.</summary>
    public static int CorrelationIdOf(ReadOnlySpan<byte> answer) => BinaryPrimitives.ReadInt32BigEndian(answer[Frame.SizeLength..]);

    /// <summary>The facts of the answer to this request.</summary>
    public FrameFacts AnsweredBy(long ordinal, int sizeInBytes) => this with { Direction = FrameDirection.Answer, Ordinal = ordinal, SizeInBytes = sizeInBytes };

    public override string ToString() => $"{ApiKey} v{ApiVersion} {(Direction == FrameDirection.Request ? "request" : "answer")} {CorrelationId} on connection {Connection}";
}
