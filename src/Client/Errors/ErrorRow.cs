namespace Semel.Client.Errors;

/// <summary>
/// What one error code means to this client.
///
/// <see cref="Passes"/> and <see cref="IsMetadataOld"/> hold wherever the code is met. What a producer and a consumer do about it follows from them,
/// unless the row says otherwise:
/// a question may be repeated without harm, a batch may have been appended, and a position in a log is lost when it is moved.
/// </summary>
/// <param name="Passes">Whether the same request may be answered otherwise in a moment.</param>
/// <param name="IsMetadataOld">Whether it says that somebody else is to be asked, or that the topic is another one.</param>
/// <param name="Class">What can be done about it when it has to be told, and nothing was done.</param>
internal sealed record ErrorRow(bool Passes, bool IsMetadataOld, ErrorClass Class)
{
    /// <summary>
    /// What a producer does about it. When nothing else is said it goes on when the reason passes, and otherwise gives the batch up, of which it then knows
    /// nothing.
    /// </summary>
    public ProduceReaction Produce { get; init; } = Passes ? ProduceReaction.Retry : ProduceReaction.Fail;

    /// <summary>Whether records that wait for their topic go on waiting when that is what their cluster answers about it.</summary>
    public bool IsWaitedFor => Produce is ProduceReaction.Retry or ProduceReaction.RetryUnknownTopic or ProduceReaction.RetryFewTimes;

    /// <summary>
    /// What can be done about a record that failed with it: where the record itself is refused, it is the record's fault, whatever the code says elsewhere.
    /// </summary>
    public ErrorClass ClassOfRecord =>
        Produce is ProduceReaction.Split or ProduceReaction.RejectRecords or ProduceReaction.Reencode ? ErrorClass.Record : Class;

    /// <summary>Whether a batch so answered may be in the log all the same.</summary>
    public bool MayBeAppended { get; init; } = true;

    /// <summary>What a consumer does about it in a fetch.</summary>
    public FetchReaction Fetch { get; init; } = IsMetadataOld ? FetchReaction.RefreshMetadata : Passes ? FetchReaction.Retry : FetchReaction.Report;

    /// <summary>What a member of a group does about its coordinator's answer.</summary>
    public MemberReaction Member { get; init; } = Passes ? MemberReaction.FindCoordinator : MemberReaction.Surface;

    /// <summary>What whoever commits a group's offsets does about it.</summary>
    public CommitReaction Commit { get; init; } = Passes ? CommitReaction.Retry : CommitReaction.Surface;

    /// <summary>What a producer does, when that is not what follows from the rest.</summary>
    /// <param name="appended">Whether the batch may be in the log all the same.</param>
    public ErrorRow WhenProducing(ProduceReaction reaction, bool appended = false) => this with { Produce = reaction, MayBeAppended = appended };

    /// <summary>The batch certainly is not in the log.</summary>
    public ErrorRow NotAppended() => this with { MayBeAppended = false };

    /// <summary>What a consumer does, when that is not what follows from the rest.</summary>
    public ErrorRow WhenFetching(FetchReaction reaction) => this with { Fetch = reaction };

    /// <summary>What a member does, and what becomes of a commit, when that is not what follows from the rest.</summary>
    public ErrorRow InGroups(MemberReaction member, CommitReaction commit) => this with { Member = member, Commit = commit };
}
