using System.Buffers.Binary;

namespace Semel.Cli.Demo.Transactions;

/// <summary>A result as a record's value.</summary>
static class ResultBytes
{
    const int Length = sizeof(long) + sizeof(int);

    public static byte[] Of(FoundResult result)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, result.Input);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(sizeof(long)), result.Attempt);
        return bytes;
    }

    public static FoundResult Read(ReadOnlySpan<byte> value) => value.Length == Length
        ? new FoundResult(BinaryPrimitives.ReadInt64BigEndian(value), BinaryPrimitives.ReadInt32BigEndian(value[sizeof(long)..]))
        : throw new InvalidDataException($"a result of {value.Length} bytes was found in {JobSettings.Results}");
}
