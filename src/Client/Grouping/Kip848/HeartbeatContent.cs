using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping.Kip848;

/// <summary>
/// What a heartbeat says and what it leaves out (C-17): the coordinator takes what is left out as unchanged. So everything is said when we join, after any heartbeat
/// of which we do not know that it was heard, and whenever we own nothing.
/// </summary>
internal sealed class HeartbeatContent(MemberTurn turn)
{
    /// <summary>
    /// A heartbeat that was given up may still arrive, behind the one that then said everything, and nobody hears what it was answered with: for so long everything is
    /// said again and again.
    /// </summary>
    static readonly TimeSpan LateArrivals = TimeSpan.FromSeconds(15);

    TimeSpan _saysAllUntil;

    // As the last heartbeat that was answered said it, and as the one says it that is on its way; null when the coordinator may not know.
    Said? _heard, _sent;

    sealed record Said(Subscription Subscription, int OwnedVersion);

    MemberState State => turn.State;

    /// <summary>Whether something has changed that the coordinator has not heard, nor is about to.</summary>
    public bool HasNews => (_sent ?? _heard) is { } said && (IsOwnedNews(said) || !ReferenceEquals(said.Subscription, State.Subscription) && State.Subscription is not null);

    /// <summary>Whether what we own now was said, in a heartbeat that is at least on its way.</summary>
    public bool HasSaidOwned => (_sent ?? _heard) is { } said && said.OwnedVersion == State.Ownership.Version;

    /// <summary>While the owner works on a change it is not said: before that has ended nothing was given up and nothing taken in.</summary>
    bool IsOwnedNews(Said said) =>
        said.OwnedVersion != State.Ownership.Version && (State.Ownership.Running is null || turn.Fault == PlantedFault.AcknowledgesRevocationEarly);

    public SendConsumerHeartbeat Heartbeat(long requestId, bool anew, bool saysAll)
    {
        var ownership = State.Ownership;
        saysAll |= _heard is null || ownership.Owned.Count == 0 || turn.Now < _saysAllUntil;
        var subscription = State.Subscription ?? _heard?.Subscription;
        var saysTopics = saysAll || !ReferenceEquals(_heard!.Subscription, subscription);
        var saysOwned = saysAll || IsOwnedNews(_heard!);
        _sent = subscription is null ? null : new Said(subscription, saysOwned ? ownership.Version : _heard!.OwnedVersion);
        return new SendConsumerHeartbeat(requestId, anew, State.MemberId, State.Epoch)
        {
            SaysAll = saysAll,
            Names = saysTopics ? subscription?.Names ?? [] : null,
            Regex = saysTopics ? subscription?.Regex ?? "" : null,
            // Who joins has nothing.
            Owned = !saysOwned ? null : State.Epoch == 0 ? [] : Owned(ownership),
        };
    }

    public void WasHeard() => (_heard, _sent) = (_sent, null);

    public void WasLost()
    {
        Forget();
        _saysAllUntil = turn.Now + LateArrivals;
    }

    public void Forget() => (_heard, _sent) = (null, null);

    static AssignedTopic[] Owned(Ownership ownership) =>
        [.. ownership.Owned.GroupBy(static one => one.Value.Id).Select(static topic => new AssignedTopic(topic.Key, [.. topic.Select(static one => one.Key.Partition)]))];
}
