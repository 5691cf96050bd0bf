using Semel.Protocol.Records;

namespace Semel.Cli.Demo;

/// <summary>What became of the lines that were sent.</summary>
/// <param name="Stored">Records in the topic.</param>
/// <param name="Lost">Lines of which no record is there.</param>
/// <param name="Doubled">Records beyond the first of their line.</param>
/// <param name="OutOfOrder">First records of a line that lie behind the first record of a later line.</param>
/// <param name="Changed">Records that are not, byte by byte, the line they claim to be, or claim to be a line that was never sent.</param>
public sealed record LineAccount(long Sent, long Stored, long Lost, long Doubled, long OutOfOrder, long Changed)
{
    public bool IsExact => Lost == 0 && Doubled == 0 && OutOfOrder == 0 && Changed == 0 && Stored == Sent;
}

/// <summary>
/// Counts lines against records without keeping either: a checksum and a length for each line that was sent, one byte for how often it was found.
/// Lines are numbered from 0. Not thread safe.
/// </summary>
public sealed class LineLedger
{
    readonly List<(uint Crc, int Length)> _lines = [];
    byte[] _found = [];
    long _highest = -1;
    long _stored, _doubled, _outOfOrder, _changed;

    public long SentCount => _lines.Count;

    /// <summary>Notes the next line; its number is the count of those before.</summary>
    public void Sent(ReadOnlySpan<byte> line) => _lines.Add((Crc32C.Compute(line), line.Length));

    /// <summary>Notes a record in the order of the topic. All lines have been noted by then.</summary>
    public void Found(long number, ReadOnlySpan<byte> value)
    {
        if (_found.Length != _lines.Count) Array.Resize(ref _found, _lines.Count);
        _stored++;
        if (number < 0 || number >= _lines.Count || _lines[(int)number] != (Crc32C.Compute(value), value.Length))
        {
            _changed++;
            return;
        }
        if (_found[number]++ > 0)
        {
            _doubled++;
            // 255 and more of one line would begin again at 0 and look like the first: stay at the top.
            if (_found[number] == 0) _found[number] = byte.MaxValue;
            return;
        }
        if (number < _highest) _outOfOrder++;
        _highest = Math.Max(_highest, number);
    }

    public LineAccount Account()
    {
        var lost = _lines.Count - _found.LongCount(times => times > 0);
        return new LineAccount(_lines.Count, _stored, lost, _doubled, _outOfOrder, _changed);
    }
}
