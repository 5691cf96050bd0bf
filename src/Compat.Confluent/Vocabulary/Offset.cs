namespace Semel.Compat.Confluent;

/// <summary>A record's place in its partition; four negative values stand for a place that is not known as a number.</summary>
public struct Offset : IEquatable<Offset>
{
    const long BeginningValue = -2, EndValue = -1, StoredValue = -1000, UnsetValue = -1001;

    /// <summary>The first record that is kept.</summary>
    public static readonly Offset Beginning = new(BeginningValue);
    /// <summary>Behind the last record.</summary>
    public static readonly Offset End = new(EndValue);
    /// <summary>What the group committed.</summary>
    public static readonly Offset Stored = new(StoredValue);
    /// <summary>None.</summary>
    public static readonly Offset Unset = new(UnsetValue);

    public Offset(long offset) => Value = offset;

    public long Value { get; }

    /// <summary>Whether it is one of the four.</summary>
    public bool IsSpecial => Value is BeginningValue or EndValue or StoredValue or UnsetValue;

    public bool Equals(Offset other) => Value == other.Value;
    public override bool Equals(object obj) => obj is Offset other && Equals(other);
    public override int GetHashCode() => Value.GetHashCode();

    public static bool operator ==(Offset a, Offset b) => a.Value == b.Value;
    public static bool operator !=(Offset a, Offset b) => a.Value != b.Value;
    public static bool operator >(Offset a, Offset b) => a.Value > b.Value;
    public static bool operator <(Offset a, Offset b) => a.Value < b.Value;
    public static bool operator >=(Offset a, Offset b) => a.Value >= b.Value;
    public static bool operator <=(Offset a, Offset b) => a.Value <= b.Value;
    public static Offset operator +(Offset a, int b) => new(a.Value + b);
    public static Offset operator +(Offset a, long b) => new(a.Value + b);
    public static implicit operator Offset(long v) => new(v);
    public static implicit operator long(Offset o) => o.Value;

    public override string ToString() => Value switch
    {
        BeginningValue => $"Beginning [{Value}]",
        EndValue => $"End [{Value}]",
        StoredValue => $"Stored [{Value}]",
        UnsetValue => $"Unset [{Value}]",
        _ => $"{Value}",
    };
}
