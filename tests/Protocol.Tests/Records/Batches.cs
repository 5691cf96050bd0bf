using System.Buffers.Binary;
using System.Text;
using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

/// <summary>Batches for tests: golden ones, made once by another implementation, and wrong ones, put together field by field.</summary>
static class Batches
{
    public const long Time = 1_700_000_000_000;

    /// <summary>Producer 900, epoch 5, sequence 7: (key, value-0, headers h=v and null=null), (null, null), (empty, empty).</summary>
    public const string Plain = "00000000000000000000005affffffff02136e74e20000000000020000018bcfe568000000018bcfe5680000000000000003840005000000070000000334000000066b65790e76616c75652d300402680276086e756c6c010c0000020101000c000004000000";

    /// <summary>Transactional, the largest epoch, sequence 2147483647, values a and b, time 1.</summary>
    public const string AtTheWrap = "000000000000000000000041ffffffff0229a530220010000000010000000000000001000000000000000140000000000000007fff7fffffff000000020e000000010261000e00000201026200";

    /// <summary>Twenty times hello, gzip of another implementation.</summary>
    public const string Gzip = "000000000000000000000086ffffffff0258952b2f0001000000130000018bcfe568000000018bcfe56800ffffffffffffffffffffffffffff000000141f8b08000000000002034dc6c10680401486d1bf31324646926b8c9124bd59b4b8f4febb56f19dd53149437e6ef75726053ce2239ef08c4f78c1677cc157dcf08a37bce31bbee3077ee2d7ff0f66d230c0f0000000";

    public const string CommitMarker = "000000000000000000000042ffffffff029368366e0030000000000000018bcfe568000000018bcfe5680000000000000003840005ffffffff000000012000000008000000010c00000000000300";
    public const string AbortMarker = "000000000000000000000042ffffffff026756e0260030000000000000018bcfe568000000018bcfe5680000000000000003840005ffffffff000000012000000008000000000c00000000000300";

    public static RecordReading Reading(int decompressedLimit = RecordReading.DefaultDecompressedLimit) => new(CodecTable.All, decompressedLimit);

    public static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    /// <summary>A batch of any record area, its header right unless told otherwise.</summary>
    public static byte[] Of(ReadOnlySpan<byte> area, int recordCount, short attributes = 0, int? lastOffsetDelta = null, sbyte magic = 2, int? batchLength = null)
    {
        var batch = new byte[RecordBatchHeader.Size + area.Length];
        area.CopyTo(batch.AsSpan(RecordBatchHeader.Size));
        var header = new RecordBatchHeader
        {
            BatchLength = batchLength ?? batch.Length - RecordBatchHeader.LengthPrefix,
            LeaderEpoch = -1,
            Magic = magic,
            Attributes = new BatchAttributes(attributes),
            LastOffsetDelta = lastOffsetDelta ?? recordCount - 1,
            BaseTimestamp = Time,
            MaxTimestamp = Time,
            ProducerId = ProducerId.None,
            ProducerEpoch = ProducerEpoch.None,
            BaseSequence = SequenceNumber.None,
            RecordCount = recordCount,
        };
        header.Write(batch);
        (header with { Crc = Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)) }).Write(batch);
        return batch;
    }

    /// <summary>One record's bytes, its body put together from numbers (written as zigzag) and texts.</summary>
    public static byte[] Record(params object[] parts)
    {
        var body = Body(parts);
        return [.. Zigzag(body.Length), .. body];
    }

    public static byte[] Body(params object[] parts)
    {
        var body = new List<byte> { 0 };
        foreach (var part in parts)
        {
            if (part is int number) body.AddRange(Zigzag(number));
            else body.AddRange(Encoding.UTF8.GetBytes((string)part));
        }
        return body.ToArray();
    }

    /// <summary>A record with the key "k", the value "v", no headers.</summary>
    public static byte[] Sound(int offsetDelta) => Record(0, offsetDelta, 1, "k", 1, "v", 0);

    public static byte[] Zigzag(long value)
    {
        var bytes = new byte[Varint.Size(value)];
        Varint.Write(bytes, value);
        return bytes;
    }

    public static int CountOf(byte[] batch) => BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(57));
}
