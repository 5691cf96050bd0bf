using System.Buffers;

namespace Semel.Broker.Door;

/// <summary>One request's bytes, without the size in front, in a pooled buffer. Returned when nothing refers to them any more.</summary>
internal readonly struct ReceivedFrame(byte[] rented, int length, int takenBytes, RequestMemory memory)
{
    public Memory<byte> Bytes => rented.AsMemory(0, length);

    public void Return()
    {
        ArrayPool<byte>.Shared.Return(rented);
        memory.Return(takenBytes);
    }
}
