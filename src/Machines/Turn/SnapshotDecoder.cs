using System.Buffers.Binary;

namespace Semel.Machines.Turn;

/// <summary>Reads the fixed-width values of a snapshot. A read past the end gives 0 and is remembered, so that a loader asks once, at its end, whether all was there.</summary>
internal ref struct SnapshotDecoder(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _left = bytes;

    public bool WasShort { get; private set; }
    public readonly int Left => _left.Length;

    /// <summary>Everything was there and nothing is left over.</summary>
    public readonly bool IsComplete => !WasShort && _left.IsEmpty;

    ReadOnlySpan<byte> Take(int count)
    {
        if (_left.Length < count)
        {
            WasShort = true;
            _left = default;
            return default;
        }
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }

    /// <summary>So many bytes, whatever they mean; none when fewer are there.</summary>
    public ReadOnlySpan<byte> ReadSpan(int count) => Take(count);

    public byte ReadByte() => Take(1) is { IsEmpty: false } taken ? taken[0] : (byte)0;
    public short ReadInt16() => Take(2) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt16BigEndian(taken) : (short)0;
    public int ReadInt32() => Take(4) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt32BigEndian(taken) : 0;
    public long ReadInt64() => Take(8) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt64BigEndian(taken) : 0;

    /// <summary>A length and that many bytes; empty when they are not there.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadInt32();
        if (length >= 0) return Take(length);
        WasShort = true;
        return default;
    }
}
