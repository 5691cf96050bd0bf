using System.Buffers.Binary;

namespace Semel.Cli.Dump;

/// <summary>A control record in words: which marker ended a transaction, and by which coordinator epoch (KIP-98).</summary>
public static class DumpedControl
{
    public static string Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length < 4) return "control record of an unknown form";
        var type = BinaryPrimitives.ReadInt16BigEndian(key[2..]) switch { 0 => "ABORT", 1 => "COMMIT", var other => $"control type {other}" };
        return value.Length >= 6 ? $"endTxnMarker: {type} coordinatorEpoch: {BinaryPrimitives.ReadInt32BigEndian(value[2..])}" : $"endTxnMarker: {type}";
    }
}
