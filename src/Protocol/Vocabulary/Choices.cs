namespace Semel.Protocol;

/// <summary>What a writer waits for before a record counts as acknowledged.</summary>
public enum Acks : short
{
    /// <summary>The record is durable by the log's policy (acks=all).</summary>
    All = -1,
    /// <summary>No answer at all: the only sign of a failure is a closed connection.</summary>
    None = 0,
    Leader = 1,
}

/// <summary>What a reader may see.</summary>
public enum IsolationLevel : sbyte
{
    /// <summary>Everything below the high watermark.</summary>
    ReadUncommitted = 0,
    /// <summary>Everything below the last stable offset, without the records of aborted transactions.</summary>
    ReadCommitted = 1,
}

/// <summary>Who gave a batch its timestamp.</summary>
public enum TimestampType : sbyte
{
    CreateTime = 0,
    LogAppendTime = 1,
}

/// <summary>How the records of a batch are compressed: bits 0 to 2 of a batch's attributes.</summary>
public enum CompressionCodec : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>A topic's name and a partition's number in it.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}
