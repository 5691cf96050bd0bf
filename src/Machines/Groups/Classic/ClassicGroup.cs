using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Classic;

/// <summary>
/// A group of the classic protocol: clients choose a leader among them, and the leader assigns. Recorded is the last generation that was assigned, whole, in
/// one record; the
/// rebalance that may be under way is not, and is gone with the machine: the group is then what was recorded, and its members find out by their next request.
/// What happens between two generations is in <see cref="Rebalance"/>.
/// </summary>
internal sealed class ClassicGroup(Group group) : GroupBody(group)
{
    const string ConsumerProtocol = "consumer";

    GroupMetadataValue? _recorded;
    /// <summary>How many records the live state has decided that come next: by so many it is ahead of what is recorded.</summary>
    int _ahead;
    HashSet<string>? _topics;

    public ClassicMembers Members { get; } = new();
    public ClassicPhase Phase { get; private set; }
    public ClassicPhase PreviousPhase { get; private set; }
    public int Generation { get; private set; }
    /// <summary>Null until somebody has joined.</summary>
    public string? Type { get; private set; }
    /// <summary>Of the present generation; null while there is none.</summary>
    public string? Protocol { get; private set; }
    public string? LeaderId { get; private set; }
    public Rebalance Rebalance => field ??= new Rebalance(this);

    public override string TypeName => "classic";
    public override string StateName => Phase.ToString();
    public override string ProtocolType => Type ?? "";
    public override bool HasMembers => Members.Count > 0;
    public override bool IsBare => _recorded is null && _ahead == 0 && Phase == ClassicPhase.Empty && Members.Count == 0 && Members.PendingCount == 0;
    public bool IsConsumer => Type == ConsumerProtocol;

    // ---- Members

    public void Add(ClassicMember member, string type)
    {
        if (Members.Count == 0) Type = type;
        Members.Add(member);
        LeaderId ??= member.Id;
    }

    /// <summary>Whatever it waits for is answered as to somebody unknown: should it live, it joins again.</summary>
    public void Remove(ClassicMember member, GroupTurn turn)
    {
        AnswerJoin(member, JoinReply.Failed(ErrorCode.UnknownMemberId, ""), turn);
        AnswerSync(member, new SyncReply(ErrorCode.UnknownMemberId), turn);
        turn.Timers.Cancel(member.Session);
        Members.Remove(member);
        if (LeaderId == member.Id) LeaderId = Members.All.FirstOrDefault()?.Id;
    }

    /// <summary>A static member was started anew: the one before is fenced, and the new one has its place.</summary>
    public void Replace(ClassicMember member, string newId, GroupTurn turn)
    {
        AnswerJoin(member, JoinReply.Failed(ErrorCode.FencedInstanceId, member.Id), turn);
        AnswerSync(member, new SyncReply(ErrorCode.FencedInstanceId), turn);
        if (LeaderId == member.Id) LeaderId = newId;
        turn.Timers.Cancel(member.Session);
        member.Session = null;
        Members.Rename(member, newId);
    }

    /// <summary>A member that has joined becomes the leader, unless the leader is one itself.</summary>
    /// <returns>False when none has joined.</returns>
    public bool ElectJoinedLeader()
    {
        if (LeaderId is not { } leader) return false;
        if (Members.TryFind(leader, out var member) && member.JoinTicket is not null) return true;
        if (Members.All.FirstOrDefault(static one => one.JoinTicket is not null) is not { } elected) return false;
        LeaderId = elected.Id;
        return true;
    }

    /// <summary>Whether a request may speak for a member.</summary>
    public ErrorCode Find(string memberId, string? instanceId, out ClassicMember member)
    {
        member = null!;
        if (instanceId is not null)
        {
            if (!Members.TryFindStatic(instanceId, out var holder)) return ErrorCode.UnknownMemberId;
            if (holder.Id != memberId) return ErrorCode.FencedInstanceId;
        }
        return Members.TryFind(memberId, out member!) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    // ---- What waits

    public void ParkJoin(ClassicMember member, GroupTurn turn)
    {
        // The same member asks again, by another connection as a rule: whoever waits by the earlier one is told to come again, should it still be there.
        AnswerJoin(member, JoinReply.Failed(ErrorCode.RebalanceInProgress, member.Id), turn);
        Members.SetJoinTicket(member, turn.Park());
        turn.Timers.Cancel(member.Session);
    }

    public void AnswerJoin(ClassicMember member, JoinReply reply, GroupTurn turn)
    {
        if (member.JoinTicket is not { } ticket) return;
        Members.SetJoinTicket(member, null);
        turn.Answer(ticket, reply);
    }

    public void ParkSync(ClassicMember member, GroupTurn turn)
    {
        AnswerSync(member, new SyncReply(ErrorCode.RebalanceInProgress), turn);
        member.SyncTicket = turn.Park();
        turn.Timers.Cancel(member.Session);
    }

    public void AnswerSync(ClassicMember member, SyncReply reply, GroupTurn turn)
    {
        if (member.SyncTicket is not { } ticket) return;
        member.SyncTicket = null;
        turn.Answer(ticket, reply);
        Heard(member, turn);
    }

    /// <summary>The member lives: its session begins anew.</summary>
    public void Heard(ClassicMember member, GroupTurn turn)
    {
        if (member.JoinTicket is not null || member.SyncTicket is not null) return;
        Watch(member, member.SessionTimeout, turn);
    }

    /// <summary>The member has so much time until it is taken to be gone.</summary>
    public void Watch(ClassicMember member, TimeSpan time, GroupTurn turn)
    {
        member.Session ??= new GroupTimer(this, (byte)ClassicTimer.Session, member.Id);
        turn.Timers.Set(member.Session, turn.Now.Steady + time);
    }

    // ---- Phases

    public void Enter(ClassicPhase phase) => (PreviousPhase, Phase) = (Phase, phase);

    /// <summary>The joining phase is over: a new generation, of those who are in the group now.</summary>
    public void BeginGeneration()
    {
        Generation = Generation == int.MaxValue ? 1 : Generation + 1;
        Protocol = Members.Count == 0 ? null : ProtocolVote.Of(Members);
        if (Members.Count == 0) LeaderId = null;
        Enter(Members.Count == 0 ? ClassicPhase.Empty : ClassicPhase.CompletingRebalance);
        SetTopics();
    }

    // Of a group that is empty no topic is read; of another type, or of a member that cannot be understood, nobody knows.
    void SetTopics() => _topics = IsConsumer && Protocol is not null ? Subscriptions.Of(Members.All.Select(member => member.MetadataOf(Protocol))) : null;

    /// <summary>Records the present generation: as it will be when the record is durable.</summary>
    /// <returns>False when it is larger than a record may be; then nothing was recorded.</returns>
    public bool Record(GroupTurn turn)
    {
        var value = ClassicRecord.Of(this, turn.Now.Wall);
        if (ClassicRecord.SizeOf(value) > turn.Options.MaxRecordBytes) return false;
        turn.Records.Put(new GroupMetadataKey { Group = new(Group.Name) }, value, ClassicRecord.ValueVersion);
        _ahead++;
        return true;
    }

    // ---- For offsets

    public override CommitAdmission AdmitCommit(in Committer committer)
    {
        if (Phase == ClassicPhase.Empty) return CommitRule.OfEmpty(committer);
        // A transactional client of before KIP-447 names no member; then nobody but its transactional id fences it.
        if (committer.IsAnonymous) return committer.IsTransactional ? CommitAdmission.Admitted : new(ErrorCode.UnknownMemberId);
        var error = Find(committer.MemberId, committer.InstanceId, out _);
        if (error == ErrorCode.None && committer.GenerationOrEpoch != Generation) error = ErrorCode.IllegalGeneration;
        if (error == ErrorCode.None && !committer.IsTransactional && Phase == ClassicPhase.CompletingRebalance) error = ErrorCode.RebalanceInProgress;
        return new(error);
    }

    public override void Heard(in Committer committer, GroupTurn turn)
    {
        if (!committer.IsTransactional && Members.TryFind(committer.MemberId, out var member)) Heard(member, turn);
    }

    public override bool IsSubscribedTo(string topic) => HasMembers && (_topics is { } topics ? topics.Contains(topic) : IsConsumer);

    public override ExpiryTerms Expiry => Phase switch
    {
        ClassicPhase.Empty => new(ExpiryScope.All, _recorded is { CurrentStateTimestamp: >= 0 and var since } ? new Instant(since) : null),
        ClassicPhase.Stable when IsConsumer && _topics is not null => new(ExpiryScope.Unsubscribed),
        // In the middle of a rebalance nobody knows who reads what (KAFKA-13636), and of other types never.
        _ => ExpiryTerms.Nothing,
    };

    // ---- Recorded state

    public override void Apply(StateRecord record, in AppliedAt at)
    {
        _recorded = (GroupMetadataValue?)record.Value;
        if (_ahead > 0)
        {
            _ahead--;
            return;
        }
        Load();
    }

    void Load()
    {
        Members.Clear();
        (Generation, Type, Protocol, LeaderId) = (0, null, null, null);
        if (_recorded is { } value)
        {
            (Generation, Type, Protocol, LeaderId) = (value.Generation, value.ProtocolType.Length == 0 ? null : value.ProtocolType, value.Protocol, value.Leader);
            foreach (var member in value.Members) Members.Add(ClassicRecord.MemberOf(member, value.Protocol));
        }
        Phase = PreviousPhase = Members.Count == 0 ? ClassicPhase.Empty : ClassicPhase.Stable;
        SetTopics();
    }

    /// <summary>Takes over who was in the group by the other protocol: recorded with this, and stable until a rebalance begins.</summary>
    public void Adopt(GroupMetadataValue value, GroupTurn turn)
    {
        _recorded = value;
        Load();
        turn.Records.Put(new GroupMetadataKey { Group = new(Group.Name) }, value, ClassicRecord.ValueVersion);
        _ahead++;
        foreach (var member in Members.All) Heard(member, turn);
    }

    public override void Resume(GroupTurn turn)
    {
        foreach (var member in Members.All) Heard(member, turn);
    }

    public override void TimerCame(GroupTimer timer, GroupTurn turn) => Rebalance.TimerCame(timer, turn);

    public override void WriteState(GroupRecords records)
    {
        if (_recorded is not null) records.Put(new GroupMetadataKey { Group = new(Group.Name) }, _recorded, ClassicRecord.ValueVersion);
    }

    public override void WriteRemoval(GroupRecords records)
    {
        if (_recorded is not null) records.Remove(new GroupMetadataKey { Group = new(Group.Name) });
    }
}
