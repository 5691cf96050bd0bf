namespace Semel.Client.Grouping.Membership;

/// <summary>What the member is about.</summary>
internal enum MemberPhase
{
    /// <summary>Nothing is subscribed to, or nobody pulls any more, or it failed.</summary>
    Idle,
    /// <summary>The coordinator is asked which protocols it offers.</summary>
    Choosing,
    /// <summary>The protocol's own rules say what comes next.</summary>
    Taking,
    /// <summary>Everything is given back, then the group is left.</summary>
    Leaving,
    /// <summary>Closed.</summary>
    Ended,
}

/// <summary>A request without an answer.</summary>
internal sealed record PendingMemberRequest(long Id, TimeSpan SentAt, int Epoch);

/// <summary>Everything that is known of the membership apart from what only one of the protocols knows. Changed by the rules only.</summary>
internal sealed class MemberState(GroupOptions options)
{
    public GroupOptions Options => options;
    public Subscription? Subscription { get; set; }
    public MemberPhase Phase { get; set; } = MemberPhase.Idle;
    public Ownership Ownership { get; } = new();
    public TopicPicture Topics { get; set; } = TopicPicture.Empty;
    public TopicWish Wish { get; set; } = TopicWish.Nothing;

    /// <summary>Empty before the coordinator gave one, or we took one.</summary>
    public string MemberId { get; set; } = "";
    /// <summary>Of a classic member its generation; -1 while there is none.</summary>
    public int Epoch { get; set; } = -1;
    /// <summary>Whether the coordinator counts this as a member with that epoch, as far as we can know.</summary>
    public bool IsMember { get; set; }

    /// <summary>Until when the coordinator cannot have given away what is ours (C-15); null while nothing is.</summary>
    public TimeSpan? SessionEndsAt { get; set; }
    /// <summary>Since when at the longest the coordinator waits for something that is to be given back and of which it has not heard that it is; null when for nothing.</summary>
    public TimeSpan? OwesSince { get; set; }

    /// <summary>Until when what is ours can be delivered: for the session, and for as long as the coordinator waits for what it wants to be given back; null without end.</summary>
    public TimeSpan? CertainUntil
    {
        get
        {
            var since = Ownership.Running is { Kind: OwnerCallKind.Revoked } call && !(OwesSince < call.Since) ? call.Since : OwesSince;
            var limit = since + options.MaxPollInterval;
            return SessionEndsAt is not { } end || limit < end ? limit ?? SessionEndsAt : end;
        }
    }

    /// <summary>The last request whose answer said that we are a member.</summary>
    public long ConfirmedBy { get; set; }
    public bool IsConfirmationWanted { get; set; }
    /// <summary>When the last request was sent that certainly found the group, or our part in it, as we know it: what has to be given back is asked for since then at the longest.</summary>
    public TimeSpan UnchangedAt { get; set; }

    public bool IsPulling { get; set; }
    /// <summary>When the application pulled last, or subscribed.</summary>
    public TimeSpan IdleSince { get; set; }
    /// <summary>The group was left because nobody pulled; the next pull joins again.</summary>
    public bool AwaitsPull { get; set; }

    public bool IsCloseAsked { get; set; }
    public TimeSpan CloseAt { get; set; } = TimeSpan.MaxValue;
    /// <summary>After a failure nothing is tried before another subscription.</summary>
    public KafkaException? Failure { get; set; }
    public bool IsFailureTold { get; set; }

    /// <summary>What the coordinator said it offers, until it is made use of.</summary>
    public bool? OffersConsumer { get; set; }
    /// <summary>The question which protocol there is.</summary>
    public PendingMemberRequest? Question { get; set; }
    public PendingMemberRequest? Leave { get; set; }
    public int LeaveAttempts { get; set; }
    /// <summary>The group is left before the owner has taken in that everything is lost.</summary>
    public bool LeavesAtOnce { get; set; }

    public RetryPause Retry { get; } = new();
    public bool MustFindCoordinator { get; set; }
    /// <summary>The coordinator was asked to speak the protocol of KIP-848 and would not.</summary>
    public string? ClassicBecause { get; set; }

    /// <summary>Notices that are told once.</summary>
    public HashSet<MemberNotice> Told { get; } = [];
}

/// <summary>Failures in a row, and until when nothing is tried for them.</summary>
internal sealed class RetryPause
{
    public int Failures { get; set; }
    public TimeSpan Until { get; set; }

    public void Clear() => (Failures, Until) = (0, TimeSpan.Zero);
}
