using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs;

/// <summary>
/// Kafka's four codecs, once for client and broker. Each is made when it is first asked for, so that a process that never meets one loads nothing of it. Thread safe.
/// </summary>
public sealed class CodecTable : IRecordCodecs
{
    CodecTable()
    {
    }

    public static CodecTable All { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">None, or a number that is no codec.</exception>
    public static RecordCodec Of(CompressionCodec codec) => All.Find(codec) ?? throw new ArgumentOutOfRangeException(nameof(codec), codec, "Kafka has no such codec");

    public RecordCodec? Find(CompressionCodec codec) => codec switch
    {
        CompressionCodec.Gzip => GzipCodec.Instance,
        CompressionCodec.Snappy => SnappyCodec.Instance,
        CompressionCodec.Lz4 => Lz4Codec.Instance,
        CompressionCodec.Zstd => ZstdCodec.Instance,
        _ => null,
    };
}
