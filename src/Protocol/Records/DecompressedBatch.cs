using System.Buffers;

namespace Semel.Protocol.Records;

/// <summary>
/// The records of one batch as memory, for readers that keep slices of them beyond one walk: the batch's own bytes when it is not compressed, else an
/// array of the shared pool that <see cref="Dispose"/> gives back. Not thread safe; disposing twice does nothing.
/// </summary>
public sealed class DecompressedBatch : IDisposable
{
    byte[]? _rented;

    /// <param name="batch">Begins with the batch. Stays unchanged as long as this is used.</param>
    /// <param name="reading">How compressed records are opened.</param>
    /// <exception cref="RecordFormatException">Not a whole batch of magic 2, a codec that cannot be read, a damaged block, or more than the limit.</exception>
    public DecompressedBatch(ReadOnlyMemory<byte> batch, in RecordReading reading)
    {
        var fault = RecordBatch.TryOpen(batch.Span, reading, out var header, out var area, out _rented);
        if (fault != RecordFaultKind.None) throw new RecordFormatException(new RecordFault(fault));
        Header = header;
        Area = _rented is null ? batch.Slice(RecordBatchHeader.Size, area.Length) : _rented.AsMemory(0, area.Length);
    }

    /// <summary>
    /// How many bytes will probably come out of a compressed batch, by what it says itself; 0 when it is not compressed, or no whole batch. To plan with, not to rely on:
    /// nobody has checked it.
    /// </summary>
    public static long ExpectedBytes(ReadOnlySpan<byte> batch, IRecordCodecs codecs)
    {
        if (!RecordBatchHeader.TryRead(batch, out var header) || header.Attributes.Codec == CompressionCodec.None) return 0;
        if (header.SizeInBytes < RecordBatchHeader.Size || header.SizeInBytes > batch.Length) return 0;
        var block = batch[RecordBatchHeader.Size..(int)header.SizeInBytes];
        return codecs.Find(header.Attributes.Codec)?.ExpectedBytes(block) ?? Math.Max(1, block.Length);
    }

    public RecordBatchHeader Header { get; }

    /// <summary>The record area: <see cref="RecordEnumerator.KeyAt"/> and <see cref="RecordEnumerator.ValueAt"/> are places in it.</summary>
    public ReadOnlyMemory<byte> Area { get; private set; }

    public RecordEnumerator Records => new(Header, Area.Span);

    public void Dispose()
    {
        if (_rented is not { } rented) return;
        _rented = null;
        Area = default;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
