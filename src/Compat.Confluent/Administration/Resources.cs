namespace Semel.Compat.Confluent.Admin;

/// <summary>A topic, group or broker, by its name or number.</summary>
public class ConfigResource
{
    public ResourceType Type { get; set; }
    public string Name { get; set; }

    public override bool Equals(object obj) => obj is ConfigResource other && Type == other.Type && Name == other.Name;
    public override int GetHashCode() => HashCode.Combine(Type, Name);
    public static bool operator ==(ConfigResource a, ConfigResource b) => Equals(a, b);
    public static bool operator !=(ConfigResource a, ConfigResource b) => !Equals(a, b);
    public override string ToString() => $"[{Type}] {Name}";
}

/// <summary>Which offset of a partition is asked for.</summary>
public abstract class OffsetSpec
{
    /// <summary>The first record that is kept.</summary>
    public static OffsetSpec Earliest() => new EarliestSpec();
    /// <summary>Behind the last record that the isolation level sees.</summary>
    public static OffsetSpec Latest() => new LatestSpec();
    /// <summary>The record with the largest timestamp.</summary>
    public static OffsetSpec MaxTimestamp() => new MaxTimestampSpec();
    /// <summary>The first record that is not before a time, in milliseconds since 1970-01-01 UTC.</summary>
    public static OffsetSpec ForTimestamp(long timestamp) => new TimestampSpec(timestamp);

    internal abstract Inner.OffsetSpec Below { get; }

    public class EarliestSpec : OffsetSpec
    {
        internal EarliestSpec() { }
        internal override Inner.OffsetSpec Below => Inner.OffsetSpec.Earliest;
    }

    public class LatestSpec : OffsetSpec
    {
        internal LatestSpec() { }
        internal override Inner.OffsetSpec Below => Inner.OffsetSpec.Latest;
    }

    public class MaxTimestampSpec : OffsetSpec
    {
        internal MaxTimestampSpec() { }
        internal override Inner.OffsetSpec Below => Inner.OffsetSpec.MaxTimestamp;
    }

    public class TimestampSpec : OffsetSpec
    {
        internal TimestampSpec(long timestamp) => Timestamp = timestamp;
        public long Timestamp { get; }
        internal override Inner.OffsetSpec Below => Inner.OffsetSpec.At(new Inner.Timestamp(Timestamp));
    }
}
