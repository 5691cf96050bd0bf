using System.Text;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs.Tests;

/// <summary>
/// What other clients wrote with each codec, as it lay in a log: forty records of the drivers' shape. `Golden/make` made the files with Java 4.4.0, 3.9.2 and 2.1.1, franz-go 1.22.3, sarama 1.61.1,
/// librdkafka 2.16.0, kafka-python 3.0.12, aiokafka 0.14.0, kafkajs 2.2.4 and @platformatic/kafka 2.12.1, and makes them anew.
/// </summary>
public class GoldenTests
{
    const int Count = 40, Size = 200;

    static readonly string[] Clients = ["java-4.4", "java-3.9", "java-2.1", "franz-go", "sarama", "librdkafka", "kafka-python", "aiokafka", "kafkajs", "platformatic"];

    public static TheoryData<string, CompressionCodec> Files()
    {
        var files = new TheoryData<string, CompressionCodec>();
        foreach (var client in Clients)
            foreach (var codec in Plain.Codecs) files.Add(client, codec);
        return files;
    }

    static byte[] Read(string client, CompressionCodec codec) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", $"{client}.{codec.ToString().ToLowerInvariant()}"));

    [Theory, MemberData(nameof(Files))]
    public void Every_record_of_every_client_is_read_in_every_codec(string client, CompressionCodec codec)
    {
        var number = 0;
        var hasCodec = false;
        foreach (var batch in RecordBatches.Split(Read(client, codec)))
        {
            Assert.True(RecordBatch.HasValidCrc(batch.Bytes.Span));
            Assert.Null(RecordBatch.Validate(batch.Bytes.Span, new RecordReading(CodecTable.All, Count * Size * 2)));
            // Some leave what is tiny as it is.
            Assert.Contains(batch.Header.Attributes.Codec, (CompressionCodec[])[codec, CompressionCodec.None]);
            hasCodec |= batch.Header.Attributes.Codec == codec;
            using var records = new RecordBatchReader(batch.Bytes.Span, new RecordReading(CodecTable.All));
            for (; records.MoveNext(); number++)
            {
                Assert.Equal($"golden-{number}", Encoding.UTF8.GetString(records.Key));
                Assert.Equal($"golden-{number}".PadRight(Size, '.'), Encoding.UTF8.GetString(records.Value));
                Assert.Equal(("n", $"{number}"), records.Headers.ToArray() is [var header] ? (header.Key, Encoding.UTF8.GetString(header.Value!.Value.Span)) : default);
            }
        }
        Assert.Equal((Count, true), (number, hasCodec));
    }

    [Theory, MemberData(nameof(Files))]
    public void A_cut_block_of_any_client_never_passes_for_a_whole_one(string client, CompressionCodec codec)
    {
        foreach (var batch in RecordBatches.Split(Read(client, codec)))
        {
            if (batch.Header.Attributes.Codec == CompressionCodec.None) continue;
            for (var length = RecordBatchHeader.Size; length < batch.Bytes.Length; length++)
            {
                var cut = batch.Bytes[..length].ToArray();
                (batch.Header with { BatchLength = length - RecordBatchHeader.LengthPrefix }).Write(cut);
                if (RecordBatch.Validate(cut, new RecordReading(CodecTable.All, Count * Size * 2)) is not null) continue;
                // A checksum of the whole, or an end mark, may be all that is missing: then every record is there.
                Assert.True(codec != CompressionCodec.Gzip && batch.Bytes.Length - length <= 8, $"{length} of {batch.Bytes.Length} bytes pass for the whole");
            }
        }
    }
}
