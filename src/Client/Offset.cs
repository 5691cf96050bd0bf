namespace Semel.Client;

/// <summary>A record's place in its partition; a negative value stands for a place that is not known as a number.</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    /// <summary>The first record that is kept.</summary>
    public static readonly Offset Beginning = new(-2);
    /// <summary>Behind the last record.</summary>
    public static readonly Offset End = new(-1);
    /// <summary>What the group committed.</summary>
    public static readonly Offset Stored = new(-1000);
    /// <summary>No offset, or one that the broker did not tell.</summary>
    public static readonly Offset Unset = new(-1001);

    /// <summary>Whether it stands for a place that is not known as a number.</summary>
    public bool IsSpecial => Value < 0;

    public static implicit operator Offset(long value) => new(value);
    public static implicit operator long(Offset offset) => offset.Value;

    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    public override string ToString() => Value switch
    {
        -2 => "Beginning",
        -1 => "End",
        -1000 => "Stored",
        -1001 => "Unset",
        _ => Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>A place in a partition of a topic.</summary>
public readonly record struct TopicPartitionOffset(string Topic, int Partition, Offset Offset)
{
    public TopicPartitionOffset(TopicPartition partition, Offset offset) : this(partition.Topic, partition.Partition, offset) { }

    public TopicPartition TopicPartition => new(Topic, Partition);

    public override string ToString() => $"{Topic}-{Partition}@{Offset}";
}
