namespace Semel.Client.Grouping.Membership;

/// <summary>How one of the two protocols is spoken: the rules of one membership, from joining to leaving.</summary>
internal abstract class MembershipProtocol(MemberTurn turn)
{
    protected MemberTurn Turn => turn;
    protected MemberState State => turn.State;
    protected Ownership Ownership => turn.State.Ownership;
    protected GroupOptions Options => turn.Options;

    /// <summary>How long a coordinator that hears nothing keeps the member.</summary>
    protected abstract TimeSpan CoordinatorSession { get; }

    /// <summary>
    /// For how long what is ours certainly stays ours when we hear nothing: for a session, but no longer than the coordinator waits for what it wants to be given back,
    /// since we may not have heard that it does.
    /// </summary>
    public TimeSpan Session => CoordinatorSession < Options.MaxPollInterval ? CoordinatorSession : Options.MaxPollInterval;

    /// <summary>What has to be asked of the coordinator and the owner now.</summary>
    public abstract void Apply();

    /// <summary>Heartbeats only, while everything is given back.</summary>
    public abstract void KeepAlive();

    /// <summary>An answer to a request of this protocol; others are passed over.</summary>
    public abstract void Take(MemberAnswer answer);

    public abstract void TakeCommitRefused(CommitRefused refused);

    /// <summary>The membership is over as far as we can know (C-15): from here on it is joined anew.</summary>
    public abstract void Expire();

    /// <summary>Tells the coordinator; null when there is nobody to tell.</summary>
    public abstract PendingMemberRequest? SendLeave(string reason);

    /// <summary>The group was left, or is as good as left.</summary>
    public abstract void Left();

    /// <summary>Which topics this protocol has to know of.</summary>
    public abstract TopicWish Wish();

    protected static AssignedPartition[] All(Ownership ownership) => [.. ownership.Owned.Select(static one => new AssignedPartition(one.Value.Id, one.Key))];
}
