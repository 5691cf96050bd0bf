using Semel.Protocol.Records;

namespace Semel.Log.Batches;

/// <summary>Walks over the whole batches at the start of some bytes by their headers alone; it ends where no whole batch follows.</summary>
ref struct BatchWalk(ReadOnlySpan<byte> bytes)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;
    RecordBatchHeader _header;

    /// <summary>Where the current batch begins, and where the next one would.</summary>
    public int Position { get; private set; }
    public int NextPosition { get; private set; }

    public readonly RecordBatchHeader Header => _header;
    public readonly ReadOnlySpan<byte> Batch => _bytes[Position..NextPosition];

    public bool MoveNext()
    {
        var rest = _bytes[NextPosition..];
        if (!RecordBatchHeader.TryRead(rest, out var header) || header.SizeInBytes < RecordBatchHeader.Size || header.SizeInBytes > rest.Length) return false;
        _header = header;
        Position = NextPosition;
        NextPosition += (int)header.SizeInBytes;
        return true;
    }
}
