namespace Semel.Client.Consuming.Chunks;

/// <summary>Where one record's parts lie in the memory of its chunk. Kept in large arrays, one per record: no field without need.</summary>
internal struct RecordEntry
{
    public long Offset;
    public long Timestamp;
    public int KeyAt;
    /// <summary>-1 for null.</summary>
    public int KeyLength;
    public int ValueAt;
    /// <summary>-1 for null.</summary>
    public int ValueLength;
    public int HeadersAt;
    public int HeadersLength;
    public int HeaderCount;
    /// <summary>Which of the chunk's <see cref="BatchMemory"/> the places are in.</summary>
    public int Batch;
}

/// <summary>The memory of one batch, and what its records have in common.</summary>
internal readonly record struct BatchMemory(byte[] Bytes, int LeaderEpoch, TimestampType TimestampType);
