namespace Semel.Protocol.Wire;

/// <summary>Whole frames: four bytes that tell the size of what follows, a header, a body.</summary>
public static class Frame
{
    /// <summary>The bytes in front of each frame that tell its size, themselves not counted.</summary>
    public const int SizeLength = 4;

    /// <summary>Writes a request behind whatever the writer already has.</summary>
    /// <exception cref="InvalidOperationException">The body has a value that its version cannot say. What was written of the frame is useless: reset the writer.</exception>
    public static void WriteRequest(WireWriter writer, in RequestHeader header, IMessage body)
    {
        var sizeAt = writer.ReserveInt32();
        var before = writer.Length;
        header.Write(writer);
        body.Write(writer, header.ApiVersion);
        writer.PatchInt32(sizeAt, writer.Length - before);
    }

    /// <summary>Writes the response to a request of that key and version behind whatever the writer already has.</summary>
    /// <exception cref="InvalidOperationException">The body has a value that its version cannot say. What was written of the frame is useless: reset the writer.</exception>
    public static void WriteResponse(WireWriter writer, ApiKey key, short version, int correlationId, IMessage body)
    {
        var sizeAt = writer.ReserveInt32();
        var before = writer.Length;
        new ResponseHeader(correlationId).Write(writer, key, version);
        body.Write(writer, version);
        writer.PatchInt32(sizeAt, writer.Length - before);
    }
}
