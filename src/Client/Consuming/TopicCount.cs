namespace Semel.Client.Consuming;

/// <summary>What was read of a topic.</summary>
/// <param name="Records">Handed out.</param>
/// <param name="Bytes">Of fetched batches, as they came.</param>
internal readonly record struct TopicCount(long Records, long Bytes);

/// <summary>Counts what is read of a topic; its partitions share it.</summary>
internal sealed class TopicCounter
{
    public long Records { get; set; }
    public long Bytes { get; set; }
}
