using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>Walks over the headers of a segment's batches, reading a window of the file at a time and no more of a large batch than its header.</summary>
/// <param name="limit">Where what is published ends.</param>
/// <param name="window">Where bytes are read to.</param>
ref struct HeaderCursor(Segment segment, int position, int limit, Span<byte> window)
{
    readonly Span<byte> _window = window;
    RecordBatchHeader _header;
    int _windowStart, _windowLength;

    public int Position { get; private set; } = position;
    public int NextPosition { get; private set; } = position;
    public readonly RecordBatchHeader Header => _header;

    /// <summary>Where the next batch must begin, by those that were found sound; -1 while that is not known.</summary>
    public long DueOffset { get; set; } = position == 0 ? segment.BaseOffset : -1;

    /// <returns>False at the limit.</returns>
    /// <exception cref="LogDamagedException">What is there is no batch.</exception>
    public bool MoveNext()
    {
        if (!TryMoveNext(out var fault)) return fault is null ? false : throw new LogDamagedException($"{segment.FilePath} has no batch at position {NextPosition}: {fault}");
        return true;
    }

    /// <summary>As <see cref="MoveNext"/>, and the batch has its place behind the one before it and is sound: what it says can be relied upon.</summary>
    public bool MoveNextSound()
    {
        if (!MoveNext()) return false;
        if (DueOffset >= 0 && segment.Order.Fault(Header.BaseOffset, DueOffset) is { } fault) throw segment.DamagedAt(Position, fault);
        segment.Verify(Position, NextPosition);
        DueOffset = Header.NextOffset;
        return true;
    }

    /// <returns>False at the limit, or where no batch is; then the fault says why.</returns>
    public bool TryMoveNext(out string? fault)
    {
        fault = null;
        Position = NextPosition;
        if (Position >= limit) return false;
        if (!RecordBatchHeader.TryRead(Bytes(), out var header))
        {
            fault = "fewer bytes than a header are left";
            return false;
        }
        fault = BatchFault.OfHeader(header, limit - Position);
        if (fault is not null) return false;
        _header = header;
        NextPosition = Position + (int)header.SizeInBytes;
        return true;
    }

    ReadOnlySpan<byte> Bytes()
    {
        var inWindow = Position - _windowStart;
        if (inWindow < 0 || inWindow + RecordBatchHeader.Size > _windowLength)
        {
            (_windowStart, inWindow) = (Position, 0);
            _windowLength = Math.Min(_window.Length, limit - Position);
            segment.Read(_window[.._windowLength], Position);
        }
        return _window[inWindow.._windowLength];
    }
}
