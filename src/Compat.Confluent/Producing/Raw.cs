namespace Semel.Compat.Confluent;

/// <summary>A record as bytes for the client below, where what is not set is null.</summary>
static class Raw
{
    public static Inner.RawRecord Of(Partition partition, byte[] key, byte[] value, Inner.Timestamp timestamp, Inner.Headers headers)
    {
        int? chosen = partition.IsSpecial ? null : partition.Value;
        return (key, value) switch
        {
            (null, null) => new Inner.RawRecord { Partition = chosen, Timestamp = timestamp, Headers = headers },
            (null, _) => new Inner.RawRecord { Partition = chosen, Value = value, Timestamp = timestamp, Headers = headers },
            (_, null) => new Inner.RawRecord { Partition = chosen, Key = key, Timestamp = timestamp, Headers = headers },
            _ => new Inner.RawRecord { Partition = chosen, Key = key, Value = value, Timestamp = timestamp, Headers = headers },
        };
    }
}
