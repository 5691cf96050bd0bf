namespace Semel.Protocol.Wire;

/// <summary>A fact in a log of our own. Its number within that log tells the kinds of records apart.</summary>
public interface ILogRecord : IMessage
{
    static abstract short RecordType { get; }
    static abstract VersionRange Versions { get; }
}

/// <summary>A log record's value: two bytes that tell its version, then the record in that version.</summary>
public static class LogRecordValue
{
    /// <summary>Writes in the newest version.</summary>
    public static byte[] ToBytes<TRecord>(TRecord record) where TRecord : ILogRecord
    {
        using var writer = new WireWriter(128);
        writer.WriteInt16(TRecord.Versions.Highest);
        record.Write(writer, TRecord.Versions.Highest);
        return writer.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are not that record, or in a version that a newer program wrote.</exception>
    public static TRecord Read<TRecord>(ReadOnlyMemory<byte> value) where TRecord : ILogRecord, new()
    {
        var reader = new WireReader(value);
        var version = reader.ReadInt16();
        if (!TRecord.Versions.Contains(version))
            throw new WireFormatException($"a {typeof(TRecord).Name} in version {version}; this program knows {TRecord.Versions}");
        var record = new TRecord();
        record.Read(ref reader, version);
        reader.RequireEnd(typeof(TRecord).Name);
        return record;
    }
}
