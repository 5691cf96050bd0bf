namespace Semel.Compat.Confluent;

/// <summary>A partition's number, or any.</summary>
public struct Partition : IEquatable<Partition>
{
    const int AnyValue = -1;

    /// <summary>The partitioner chooses.</summary>
    public static readonly Partition Any = new(AnyValue);

    public Partition(int partition) => Value = partition;

    public int Value { get; }

    /// <summary>Whether it is <see cref="Any"/>.</summary>
    public bool IsSpecial => Value == AnyValue;

    public bool Equals(Partition other) => Value == other.Value;
    public override bool Equals(object obj) => obj is Partition other && Equals(other);
    public override int GetHashCode() => Value.GetHashCode();

    public static bool operator ==(Partition a, Partition b) => a.Value == b.Value;
    public static bool operator !=(Partition a, Partition b) => a.Value != b.Value;
    public static bool operator >(Partition a, Partition b) => a.Value > b.Value;
    public static bool operator <(Partition a, Partition b) => a.Value < b.Value;
    public static bool operator >=(Partition a, Partition b) => a.Value >= b.Value;
    public static bool operator <=(Partition a, Partition b) => a.Value <= b.Value;
    public static implicit operator Partition(int v) => new(v);
    public static implicit operator int(Partition o) => o.Value;

    public override string ToString() => IsSpecial ? "[Any]" : $"[{Value}]";
}
