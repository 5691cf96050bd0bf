namespace Semel.Protocol.Records;

/// <summary>Bytes that are not a record batch, or not one that can be read here.</summary>
public sealed class RecordFormatException(RecordFault fault) : Exception(fault.ToString())
{
    public RecordFault Fault => fault;
}
