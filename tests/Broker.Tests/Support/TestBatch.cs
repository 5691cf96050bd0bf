using System.Buffers.Binary;
using System.Text;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Support;

/// <summary>Record batches, right ones and then bent.</summary>
internal static class TestBatch
{
    public static byte[] Plain(params string[] values) => Of(ProducerId.None, -1, -1, values);

    public static byte[] Of(ProducerId producerId, short epoch, int sequence, params string[] values) => Build(producerId, epoch, sequence, CompressionCodec.None, false, values);

    public static byte[] Build(ProducerId producerId, short epoch, int sequence, CompressionCodec codec, bool transactional, params string[] values)
    {
        using var builder = new RecordBatchBuilder(64 << 20);
        foreach (var value in values)
            Assert.True(builder.TryAppend(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false));
        builder.Close(codec, null, Semel.Codecs.CodecTable.All);
        builder.Stamp(producerId, new ProducerEpoch(epoch), sequence, transactional);
        return builder.Bytes.ToArray();
    }

    /// <summary>Changes the header and computes the checksum anew: wrong in what is said, right in how.</summary>
    public static byte[] With(byte[] batch, Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        var bent = (byte[])batch.Clone();
        Assert.True(RecordBatchHeader.TryRead(bent, out var header));
        change(header).Write(bent);
        return Sealed(bent);
    }

    public static byte[] Sealed(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)));
        return batch;
    }

    public static List<string> ValuesOf(ReadOnlyMemory<byte> batches)
    {
        var values = new List<string>();
        for (var left = batches; left.Length > 0;)
        {
            Assert.True(RecordBatchHeader.TryRead(left.Span, out var header));
            using (var records = new RecordBatchReader(left.Span[..(int)header.SizeInBytes], new RecordReading(Semel.Codecs.CodecTable.All)))
            {
                while (records.MoveNext()) values.Add(Encoding.UTF8.GetString(records.Value));
            }
            left = left[(int)header.SizeInBytes..];
        }
        return values;
    }

    /// <summary>What a reader of committed records hands out of an answer: neither markers nor what the answer names as aborted.</summary>
    public static List<string> CommittedOf(FetchResponse.PartitionData row)
    {
        var values = new List<string>();
        var upcoming = new Queue<FetchResponse.AbortedTransaction>((row.AbortedTransactions ?? []).OrderBy(aborted => aborted.FirstOffset));
        var aborted = new HashSet<ProducerId>();
        for (var left = row.Records!.Value; left.Length > 0;)
        {
            Assert.True(RecordBatchHeader.TryRead(left.Span, out var header));
            var batch = left[..(int)header.SizeInBytes];
            left = left[batch.Length..];
            while (upcoming.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) aborted.Add(upcoming.Dequeue().ProducerId);
            if (header.Attributes.IsControl)
            {
                if (ControlRecord.Read(batch.Span).Type == ControlRecordType.Abort) aborted.Remove(header.ProducerId);
            }
            else if (!header.Attributes.IsTransactional || !aborted.Contains(header.ProducerId)) values.AddRange(ValuesOf(batch));
        }
        return values;
    }
}
