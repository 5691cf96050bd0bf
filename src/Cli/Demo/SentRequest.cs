using System.Buffers.Binary;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo;

/// <summary>A request of a client on its way, and the batch in it, known by its lines: the same batch in every attempt to send it, in every run.</summary>
/// <param name="Frame">With its size in front.</param>
/// <param name="FirstLine">Of the batch; -1 for a request that brings none.</param>
public sealed record SentRequest(byte[] Frame, ApiKey ApiKey, short Version, long FirstLine, long LastLine)
{
    /// <summary>Where the base timestamp of a batch ends: the CRC covers it, whatever the batch holds.</summary>
    const int BaseTimestampEnd = 34;

    public bool HasBatch => FirstLine >= 0;

    /// <exception cref="WireFormatException">It is no request of Kafka's.</exception>
    public static SentRequest Of(byte[] frame)
    {
        var reader = new WireReader(frame.AsMemory(Protocol.Wire.Frame.SizeLength));
        var header = RequestHeader.Read(ref reader);
        if (header.ApiKey != ApiKey.Produce) return new SentRequest(frame, header.ApiKey, header.ApiVersion, -1, -1);
        var records = RecordsOf(ref reader, header.ApiVersion);
        using var batch = new RecordBatchReader(records.Span);
        if (!batch.MoveNext()) throw new InvalidOperationException("the demonstration sent an empty batch");
        var first = LineOf(batch);
        return new SentRequest(frame, header.ApiKey, header.ApiVersion, first, first + batch.Header.RecordCount - 1);
    }

    static ReadOnlyMemory<byte> RecordsOf(ref WireReader reader, short version)
    {
        var request = new ProduceRequest();
        request.Read(ref reader, version);
        return request.TopicData[0].PartitionData[0].Records!.Value;
    }

    static long LineOf(in RecordBatchReader record)
    {
        foreach (var header in record.Headers)
            if (header.Value.Length == sizeof(long)) return BinaryPrimitives.ReadInt64BigEndian(header.Value);
        throw new InvalidOperationException("the demonstration sent a record without the number of its line");
    }

    /// <summary>The same request with a byte of its batch changed.</summary>
    public byte[] Corrupted()
    {
        var reader = new WireReader(Frame.AsMemory(Protocol.Wire.Frame.SizeLength));
        RequestHeader.Read(ref reader);
        var records = RecordsOf(ref reader, Version).Span;
        var changed = Frame.ToArray();
        changed[Frame.AsSpan().IndexOf(records) + BaseTimestampEnd] ^= 0x55;
        return changed;
    }
}
