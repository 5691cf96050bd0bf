namespace Semel.Protocol.Records;

/// <summary>One batch of a range of bytes.</summary>
public readonly record struct BatchSlice(RecordBatchHeader Header, ReadOnlyMemory<byte> Bytes);

/// <summary>A range of bytes that holds batches one after the other, as a fetch or a log gives it.</summary>
public static class RecordBatches
{
    /// <summary>
    /// Walks over the whole batches. A fetch answer may be cut anywhere in its last batch: that one is left out. CRCs are not checked.
    /// </summary>
    /// <exception cref="RecordFormatException">While walking: a length too small for a batch, or an older format than magic 2.</exception>
    public static RecordBatchEnumerator Split(ReadOnlyMemory<byte> range) => new(range);
}

/// <summary>Walks over the whole batches of a range without allocating.</summary>
public struct RecordBatchEnumerator(ReadOnlyMemory<byte> range)
{
    public BatchSlice Current { get; private set; }

    /// <summary>What has not been walked over: after the last batch, the bytes of a partial one.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; } = range;

    public readonly RecordBatchEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (!RecordBatchHeader.TryRead(Rest.Span, out var header)) return false;
        if (header.Magic != 2) throw new RecordFormatException(new RecordFault(RecordFaultKind.Magic));
        if (header.SizeInBytes < RecordBatchHeader.Size) throw new RecordFormatException(new RecordFault(RecordFaultKind.BatchLength));
        if (header.SizeInBytes > Rest.Length) return false;
        Current = new BatchSlice(header, Rest[..(int)header.SizeInBytes]);
        Rest = Rest[(int)header.SizeInBytes..];
        return true;
    }
}
