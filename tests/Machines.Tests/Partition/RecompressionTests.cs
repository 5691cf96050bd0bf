using Semel.Codecs;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>compression.type of a topic: which batches are compressed anew, and what stays of them.</summary>
public class RecompressionTests
{
    static EnvelopeLimits Limits(CompressionCodec? wanted) => new() { Reading = new(CodecTable.All), Compression = wanted };

    public static TheoryData<CompressionCodec, CompressionCodec> Pairs()
    {
        var pairs = new TheoryData<CompressionCodec, CompressionCodec>();
        foreach (var from in Enum.GetValues<CompressionCodec>())
            foreach (var to in Enum.GetValues<CompressionCodec>()) pairs.Add(from, to);
        return pairs;
    }

    [Theory, MemberData(nameof(Pairs))]
    public void A_batch_gets_the_codec_of_its_topic_and_keeps_everything_else(CompressionCodec from, CompressionCodec to)
    {
        var batch = TestBatch.Of(7, 3, 2_147_483_646, 40, transactional: true, timestamp: 5_000, codec: from, value: "value");
        var header = TestBatch.Header(batch);
        Assert.Equal(from != to, Recompression.IsNeeded(header, Limits(to)));
        Assert.False(Recompression.IsNeeded(header, Limits(null)));
        if (from == to) return;
        var verdict = Recompression.Recompress(batch, header, Limits(to), out var recompressed);
        using var changed = recompressed!;
        Assert.Equal((ErrorCode.None, changed.Length), (verdict.Error, verdict.Length));
        Assert.True(RecordBatch.HasValidCrc(changed.Written));
        Assert.Null(RecordBatch.Validate(changed.Written, new RecordReading(CodecTable.All)));
        Assert.Equal(TestBatch.Header(changed.Written), verdict.Header);
        Assert.Equal(header with { Attributes = header.Attributes.With(to), BatchLength = changed.Length - RecordBatchHeader.LengthPrefix, Crc = verdict.Header.Crc }, verdict.Header);
        using var was = new DecompressedBatch(batch, new RecordReading(CodecTable.All));
        using var now = new DecompressedBatch(changed.WrittenMemory, new RecordReading(CodecTable.All));
        Assert.Equal(was.Area.ToArray(), now.Area.ToArray());
    }

    [Fact]
    public void The_level_of_the_topic_is_used()
    {
        var random = new Random(4);
        var batch = TestBatch.Of(1, 0, 0, 50, value: string.Join(' ', Enumerable.Range(0, 300).Select(_ => random.Next(5000))));
        int Size(int? level)
        {
            Recompression.Recompress(batch, TestBatch.Header(batch), Limits(CompressionCodec.Zstd) with { CompressionLevel = level }, out var changed);
            using (changed) return changed!.Length;
        }
        Assert.True(Size(19) < Size(1));
        Assert.Equal(Size(3), Size(null));
    }

    [Fact]
    public void What_becomes_larger_than_the_topic_takes_is_refused_unless_it_is_there_already()
    {
        var batch = TestBatch.Of(1, 0, 0, 1, codec: CompressionCodec.Zstd, value: new string('x', 50_000));
        var verdict = Recompression.Recompress(batch, TestBatch.Header(batch), Limits(CompressionCodec.None) with { MaxMessageBytes = 10_000 }, out var changed);
        Assert.Null(changed);
        Assert.Equal((ErrorCode.MessageTooLarge, true, TestBatch.Header(batch)), (verdict.Error, verdict.MayBeThere, verdict.Header));
        Assert.Contains("max.message.bytes is 10000", verdict.Message);
        verdict = Recompression.Recompress(batch, TestBatch.Header(batch), Limits(CompressionCodec.None) with { SegmentBytes = 10_000 }, out _);
        Assert.Equal(ErrorCode.RecordListTooLarge, verdict.Error);
        var plain = TestBatch.Plain();
        Assert.False(Recompression.Recompress(plain, TestBatch.Header(plain), Limits(CompressionCodec.Gzip) with { MaxMessageBytes = 10 }, out _).MayBeThere);
    }
}
