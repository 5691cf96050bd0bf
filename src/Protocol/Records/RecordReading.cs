namespace Semel.Protocol.Records;

/// <summary>How the records of batches are opened. By default only those that are not compressed can be.</summary>
public readonly record struct RecordReading()
{
    /// <summary>How large a batch may become by decompression when nothing else is said: 64 MiB.</summary>
    public const int DefaultDecompressedLimit = 64 << 20;

    public RecordReading(IRecordCodecs? codecs, int decompressedLimit = DefaultDecompressedLimit) : this() => (Codecs, DecompressedLimit) = (codecs, decompressedLimit);

    /// <summary>The codecs there are; null for none.</summary>
    public IRecordCodecs? Codecs { get; init; }

    /// <summary>How many bytes the records of one batch may have when decompressed.</summary>
    public int DecompressedLimit { get; init; } = DefaultDecompressedLimit;

    /// <summary>How many bytes one record of a compressed batch may have, as its own length says. Asked by whoever checks produced batches.</summary>
    public int LargestRecordBytes { get; init; } = int.MaxValue;
}
