namespace Semel.Client.Grouping.Membership;

/// <summary>One turn of the machine: the state, the moment, and what has come out so far. Given to every rule.</summary>
internal sealed class MemberTurn(MemberState state, ulong seed, PlantedFault fault)
{
    List<MemberEffect> _effects = [];
    ulong _chance = seed;
    long _requests;

    public MemberState State => state;
    public GroupOptions Options => state.Options;
    public PlantedFault Fault => fault;
    public TimeSpan Now { get; set; }
    public TimeSpan? NextDeadline { get; private set; }
    public long LastRequest => _requests;

    public void Add(MemberEffect effect) => _effects.Add(effect);
    public void Tell(MemberNotice notice) => Add(new TellNotice(notice));

    /// <summary>Sends what is made of the next number and of whether the coordinator is to be looked for anew.</summary>
    public PendingMemberRequest Send(Func<long, bool, MemberRequest> make)
    {
        var pending = new PendingMemberRequest(++_requests, Now, state.Epoch);
        Add(make(pending.Id, state.MustFindCoordinator));
        state.MustFindCoordinator = false;
        return pending;
    }

    public void WakeAt(TimeSpan moment)
    {
        if (NextDeadline is not { } earlier || moment < earlier) NextDeadline = moment;
    }

    public void ForgetDeadline() => NextDeadline = null;

    /// <summary>Something failed that is tried again after a pause, which grows.</summary>
    /// <param name="anew">Whether the coordinator may be another one by now.</param>
    public void Retry(RetryPause pause, bool anew)
    {
        pause.Failures++;
        pause.Until = Now + Options.Retrying.After(pause.Failures, NextChance());
        state.MustFindCoordinator |= anew;
    }

    /// <summary>Whether a pause is over; when not, the machine is awakened at its end.</summary>
    public bool IsDue(TimeSpan moment)
    {
        if (Now >= moment) return true;
        WakeAt(moment);
        return false;
    }

    /// <summary>Calls of the owner that can begin do so.</summary>
    public void StartCalls()
    {
        if (state.Ownership.Begin(Now, state.UnchangedAt) is not { } call) return;
        if (fault == PlantedFault.AcknowledgesRevocationEarly && call.Kind == OwnerCallKind.Revoked) state.Ownership.Remove(call.Partitions);
        Add(new CallOwner(call));
    }

    /// <summary>The coordinator has answered a request as it answers members: what is ours stays ours for a session from when that was sent.</summary>
    public void Confirm(PendingMemberRequest request, TimeSpan session)
    {
        state.ConfirmedBy = Math.Max(state.ConfirmedBy, request.Id);
        var until = request.SentAt + session;
        if (state.SessionEndsAt is not { } known || until > known) state.SessionEndsAt = until;
    }

    /// <summary>What is ours may be somebody else's: nothing of it is delivered from now on.</summary>
    public void Lose(string reason)
    {
        state.SessionEndsAt = null;
        state.IsMember = false;
        var count = state.Ownership.Owned.Count;
        if (!state.Ownership.Lose()) return;
        Tell(new PartitionsAreLost(count, reason));
        if (state.Ownership.Running is not null) Add(new HurryOwner());
    }

    /// <summary>Ends the membership for a reason that trying again does not mend.</summary>
    public void Fail(KafkaException failure)
    {
        Lose(failure.Message);
        state.Failure = failure;
        state.IsFailureTold = false;
        state.Phase = MemberPhase.Idle;
    }

    /// <summary>Topics that have to be known from now on, told when they are others than before.</summary>
    public void Watch(TopicWish wish)
    {
        if (state.Wish.All == wish.All && state.Wish.Names.SequenceEqual(wish.Names) && state.Wish.Ids.SequenceEqual(wish.Ids)) return;
        state.Wish = wish;
        Add(new WatchTopics(wish));
    }

    /// <summary>From 0 to 1, the same row for the same seed (splitmix64).</summary>
    double NextChance()
    {
        var mixed = _chance += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1ul << 53));
    }

    public IReadOnlyList<MemberEffect> TakeEffects()
    {
        var effects = _effects;
        if (effects.Count > 0) _effects = [];
        return effects;
    }
}
