using System.Buffers.Binary;

namespace Semel.Testing.Simulation;

/// <summary>The identity of one record of a run: which producer, which partition, and which record of that producer there, from 0 on in submit order.</summary>
internal readonly record struct RecordNumber(long Value)
{
    const int PartitionBits = 8, IndexBits = 32;

    public static RecordNumber Of(int producer, int partition, int index) => new(((long)producer << (PartitionBits + IndexBits)) | ((long)partition << IndexBits) | (uint)index);

    /// <returns>Null for a record that no producer wrote.</returns>
    public static RecordNumber? Read(ReadOnlySpan<byte> value) => value.Length == sizeof(long) ? new RecordNumber(BinaryPrimitives.ReadInt64BigEndian(value)) : null;

    public int Producer => (int)(Value >> (PartitionBits + IndexBits));
    public int Partition => (int)(Value >> IndexBits) & ((1 << PartitionBits) - 1);
    public int Index => (int)Value;

    public override string ToString() => $"record {Index} of producer {Producer} for partition {Partition}";
}
