namespace Semel.Client.Grouping.Membership;

/// <summary>What the shell has to do after a turn of the machine, in order.</summary>
internal abstract record MemberEffect;

/// <summary>Exactly one call to the owner; <see cref="OwnerDone"/> answers.</summary>
internal sealed record CallOwner(OwnerCall Call) : MemberEffect;

/// <summary>What the running call works for is lost, or its time is up: its cancellation is asked for. It still has to end.</summary>
internal sealed record HurryOwner : MemberEffect;

/// <summary>The membership has ended and does not try again.</summary>
internal sealed record FailOwner(KafkaException Failure) : MemberEffect;

/// <summary>These topics have to be known, and changes of them told: replaces the wish before.</summary>
internal sealed record WatchTopics(TopicWish Wish) : MemberEffect;

/// <summary>Something for the application's log.</summary>
internal sealed record TellNotice(MemberNotice Notice) : MemberEffect;

/// <summary>A request to the coordinator; a <see cref="MemberAnswer"/> with its number comes for each.</summary>
/// <param name="Anew">Whether the coordinator is to be looked for anew before.</param>
internal abstract record MemberRequest(long RequestId, bool Anew) : MemberEffect;

/// <summary>Whether the coordinator offers groups of KIP-848.</summary>
internal sealed record AskProtocol(long RequestId, bool Anew) : MemberRequest(RequestId, Anew);

internal sealed record SendJoin(long RequestId, bool Anew, string MemberId, IReadOnlyList<OfferedProtocol> Protocols, string Reason) : MemberRequest(RequestId, Anew);

internal sealed record OfferedProtocol(string Name, byte[] Metadata);

/// <param name="Assignments">Of the leader; of others none.</param>
internal sealed record SendSync(long RequestId, bool Anew, int Generation, string MemberId, string Protocol, IReadOnlyDictionary<string, byte[]> Assignments) : MemberRequest(RequestId, Anew);

internal sealed record SendHeartbeat(long RequestId, bool Anew, int Generation, string MemberId) : MemberRequest(RequestId, Anew);

internal sealed record SendLeave(long RequestId, bool Anew, string MemberId, string Reason) : MemberRequest(RequestId, Anew);

/// <summary>What is null has not changed since the last one.</summary>
internal sealed record SendConsumerHeartbeat(long RequestId, bool Anew, string MemberId, int Epoch) : MemberRequest(RequestId, Anew)
{
    /// <summary>Rack, rebalance timeout and assignor are said as well.</summary>
    public bool SaysAll { get; init; }
    public IReadOnlyList<string>? Names { get; init; }
    /// <summary>Empty for none.</summary>
    public string? Regex { get; init; }
    public IReadOnlyList<AssignedTopic>? Owned { get; init; }
}
