using System.Buffers.Binary;
using System.Net.Sockets;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo;

/// <summary>Whole frames over sockets.</summary>
internal static class FrameSockets
{
    /// <summary>More than any request or answer of the demonstration has.</summary>
    const int LargestFrame = 64 << 20;

    /// <summary>With its size in front.</summary>
    /// <exception cref="EndOfStreamException">The other side has closed.</exception>
    /// <exception cref="WireFormatException">What comes is no frame.</exception>
    public static async Task<byte[]> ReadFrameAsync(this Socket socket, CancellationToken stop)
    {
        var size = new byte[Frame.SizeLength];
        await FillAsync(socket, size, stop).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32BigEndian(size);
        if (length is < 0 or > LargestFrame) throw new WireFormatException($"a frame of {length} bytes");
        var frame = new byte[Frame.SizeLength + length];
        size.CopyTo(frame, 0);
        await FillAsync(socket, frame.AsMemory(Frame.SizeLength), stop).ConfigureAwait(false);
        return frame;
    }

    static async Task FillAsync(Socket socket, Memory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
        {
            var received = await socket.ReceiveAsync(bytes, stop).ConfigureAwait(false);
            bytes = received > 0 ? bytes[received..] : throw new EndOfStreamException();
        }
    }

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, stop).ConfigureAwait(false)..];
    }
}
