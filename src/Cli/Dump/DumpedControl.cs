using System.Buffers.Binary;
using System.Globalization;
using Semel.Protocol.Records;

namespace Semel.Cli.Dump;

/// <summary>A control record in words: which marker ended a transaction, and in which epoch of its coordinator (KIP-98).</summary>
/// <param name="Type">ABORT or COMMIT; another type's name or number.</param>
/// <param name="CoordinatorEpoch">Null when the record tells none.</param>
public sealed record DumpedControl(string Type, int? CoordinatorEpoch)
{
    public static DumpedControl Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length < 4) return new("of an unknown form", null);
        var type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        return type is ControlRecordType.Abort or ControlRecordType.Commit
            ? new(type.ToString().ToUpperInvariant(), value.Length >= 6 ? BinaryPrimitives.ReadInt32BigEndian(value[2..]) : null)
            : new(type.ToString(), null);
    }

    /// <summary>As Kafka's dump tool says it.</summary>
    public override string ToString() => (Type is "ABORT" or "COMMIT" ? "endTxnMarker: " : "controlRecord: ") + Type
        + (CoordinatorEpoch is { } epoch ? string.Create(CultureInfo.InvariantCulture, $" coordinatorEpoch: {epoch}") : "");
}
