namespace Semel.Client.Producing;

/// <summary>Who the producer is to the brokers: the id it was given, and how often it has begun its sequences anew under it.</summary>
internal readonly record struct ProducerIdentity(ProducerId Id, ProducerEpoch Epoch)
{
    /// <summary>No epoch above this is used: 32767 is left unused, as Java producers do.</summary>
    const short LastEpoch = 32766;

    public static readonly ProducerIdentity None = new(ProducerId.None, ProducerEpoch.None);

    public bool IsNone => Id.IsNone;
    public bool CanBump => Epoch.Value < LastEpoch;

    /// <summary>The next epoch of the same id, without asking anybody: a partition takes any higher epoch that begins at sequence 0 (KIP-360).</summary>
    public ProducerIdentity Bumped() => this with { Epoch = new ProducerEpoch((short)(Epoch.Value + 1)) };

    public override string ToString() => IsNone ? "none" : $"{Id}/{Epoch}";
}
