using Semel.Machines.Groups.Classic;

namespace Semel.Machines.Groups.Consumer;

/// <summary>What a member says of itself. Immutable.</summary>
/// <param name="InstanceId">Of a static member; null of a dynamic one.</param>
/// <param name="Topics">Names, sorted by code unit, each once.</param>
/// <param name="Pattern">A regular expression for names of topics beside those; null for none.</param>
/// <param name="RebalanceTimeoutMs">How long it may take to give up partitions.</param>
/// <param name="Assignor">Which assignor it wants; null when it does not mind.</param>
/// <param name="Classic">What a member of the classic protocol says beside that; null of one of KIP-848.</param>
internal sealed record MemberSubscription(
    string? InstanceId, string? RackId, ClientIdentity Client, IReadOnlyList<string> Topics, string? Pattern, int RebalanceTimeoutMs, string? Assignor,
    ClassicSide? Classic)
{
    public bool IsStatic => InstanceId is not null;

    /// <summary>The same topics are asked for.</summary>
    public bool AsksForTheSame(MemberSubscription other) => Pattern == other.Pattern && HasSameTopics(other);

    bool HasSameTopics(MemberSubscription other) => ReferenceEquals(Topics, other.Topics) || Topics.SequenceEqual(other.Topics, StringComparer.Ordinal);

    public bool Equals(MemberSubscription? other) => other is not null && InstanceId == other.InstanceId && RackId == other.RackId && Client == other.Client
        && RebalanceTimeoutMs == other.RebalanceTimeoutMs && Assignor == other.Assignor && AsksForTheSame(other) && Equals(Classic, other.Classic);

    public override int GetHashCode() => HashCode.Combine(Client, Topics.Count, RebalanceTimeoutMs);
}

/// <summary>What a member of the classic protocol in a KIP-848 group has said in its JoinGroup.</summary>
internal sealed record ClassicSide(int SessionTimeoutMs, IReadOnlyList<JoinProtocol> Protocols)
{
    public bool Equals(ClassicSide? other)
    {
        if (other is null || SessionTimeoutMs != other.SessionTimeoutMs || Protocols.Count != other.Protocols.Count) return false;
        for (var i = 0; i < Protocols.Count; i++)
            if (Protocols[i].Name != other.Protocols[i].Name || !Protocols[i].Metadata.AsSpan().SequenceEqual(other.Protocols[i].Metadata)) return false;
        return true;
    }

    public override int GetHashCode() => HashCode.Combine(SessionTimeoutMs, Protocols.Count);
}
