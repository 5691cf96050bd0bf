namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// One member of a KIP-848 group as it is recorded: in three records that come in any order when a log was compacted. It is a member while it has a
/// subscription.
/// </summary>
internal sealed class ConsumerMember(string id)
{
    public string Id => id;
    /// <summary>Null: it is no member (any more, or yet).</summary>
    public MemberSubscription? Subscription { get; set; }
    /// <summary>Null until an assignment was made with it.</summary>
    public PartitionSet? Target { get; set; }
    /// <summary>Null until it was told what it has.</summary>
    public MemberState? State { get; set; }

    public bool IsGone => Subscription is null && Target is null && State is null;
}
