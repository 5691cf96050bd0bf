namespace Semel.Cli.Produce;

/// <summary>
/// Cuts a stream into lines, as bytes. A line that is empty is a line; a last line without its end is one, too; nothing after the last end is none.
/// Bytes are never changed or decoded. Memory is bounded by the longest line allowed.
/// </summary>
/// <param name="delimiter">What ends a line; null for a line feed, a carriage return, or both together, as Kafka's console producer reads lines.</param>
/// <param name="longestLine">In bytes.</param>
/// <param name="remedy">What to do about a line that is longer.</param>
public sealed class LineReader(Stream stream, byte[]? delimiter, int longestLine, string remedy)
{
    const byte LineFeed = (byte)'\n', CarriageReturn = (byte)'\r';

    byte[] _buffer = new byte[64 * 1024];
    int _start, _end;
    bool _ended, _afterCarriageReturn;

    /// <summary>How many lines have been read.</summary>
    public long LineCount { get; private set; }

    /// <summary>The next line without its end; null after the last. The memory is good until the next call.</summary>
    /// <exception cref="CommandException">The line is longer than allowed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation = default)
    {
        var searched = 0;
        while (true)
        {
            SkipLineFeed();
            var (found, length) = FindEnd(searched);
            if (found >= 0) return Take(searched + found, length);
            if (_ended) return _end > _start ? Take(_end - _start, 0) : (ReadOnlyMemory<byte>?)null;
            searched = Math.Max(0, _end - _start - (delimiter?.Length ?? 1) + 1);
            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            _end += read;
            _ended = read == 0;
        }
    }

    /// <summary>Where the next end of a line lies behind what was searched already, and how long it is; -1 when there is none yet.</summary>
    (int At, int Length) FindEnd(int searched)
    {
        var span = _buffer.AsSpan(_start + searched, _end - _start - searched);
        if (delimiter is not null) return (span.IndexOf(delimiter), delimiter.Length);
        var at = span.IndexOfAny(LineFeed, CarriageReturn);
        // A line does not wait for the byte behind its carriage return: when that is a line feed, the next line leaves it out.
        if (at >= 0) _afterCarriageReturn = span[at] == CarriageReturn;
        return (at, 1);
    }

    void SkipLineFeed()
    {
        if (!_afterCarriageReturn || _start == _end) return;
        _afterCarriageReturn = false;
        if (_buffer[_start] == LineFeed) _start++;
    }

    ReadOnlyMemory<byte> Take(int length, int skipped)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + skipped;
        LineCount++;
        return line;
    }

    void MakeRoom()
    {
        if (_end - _start > longestLine)
            throw new CommandException(ExitCode.Usage, $"line {LineCount + 1} is longer than {longestLine} bytes.", remedy);
        if (_end < _buffer.Length) return;
        var target = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_buffer, _end, _start) = (target, _end - _start, 0);
    }
}
