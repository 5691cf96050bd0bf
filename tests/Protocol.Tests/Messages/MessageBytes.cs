using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Messages;

/// <summary>A message as bytes and back.</summary>
static class MessageBytes
{
    public static byte[] Write(IMessage message, short version)
    {
        using var writer = new WireWriter();
        message.Write(writer, version);
        return writer.ToArray();
    }

    /// <summary>Reads and demands that nothing is left.</summary>
    public static T Read<T>(T target, ReadOnlyMemory<byte> bytes, short version) where T : IMessage
    {
        var reader = new WireReader(bytes);
        target.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return target;
    }

    public static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
    public static string ToHex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
