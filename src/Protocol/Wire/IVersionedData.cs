namespace Semel.Protocol.Wire;

/// <summary>Data that stands on its own with its version in two bytes in front: a state log's value, or what members tell each other inside JoinGroup.</summary>
public interface IVersionedData : IJsonMessage
{
    /// <summary>All versions that the generated code reads and writes.</summary>
    static abstract VersionRange Versions { get; }
}

/// <summary>Two bytes that tell the version, then the data in that version. Thread-safe.</summary>
public static class VersionedData
{
    /// <exception cref="InvalidOperationException">The data says something that the version cannot say.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The data does not have the version.</exception>
    public static byte[] ToBytes(IVersionedData data, short version)
    {
        using var writer = new WireWriter(128);
        Write(writer, data, version);
        return writer.ToArray();
    }

    internal static void Write(WireWriter writer, IVersionedData data, short version)
    {
        writer.WriteInt16(version);
        data.Write(writer, version);
    }
}
