using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Client.Grouping.Coordination;
using Semel.Client.Metadata;

namespace Semel.Client.Grouping.Offsets;

/// <summary>
/// Commits and fetches a group's offsets: as one of its members, or for a group without any. Commits go out one after the other, each when the one before was answered
/// (C-44): who stops waiting for one does not stop it, because one that was taken back could still arrive, after the next. Thread safe.
/// </summary>
/// <param name="member">Null for a group that has no members: partitions are assigned by hand.</param>
internal sealed class GroupOffsets(GroupOptions options, ClusterConnections connections, GroupMember? member = null, PlantedFault fault = PlantedFault.None)
{
    readonly CoordinatorLink _link = member?.Link ?? new CoordinatorLink(connections, options.GroupId);
    readonly TopicIds _ids = new(connections.Metadata);
    readonly Lock _gate = new();
    Task _last = Task.CompletedTask;

    /// <summary>Commits these, in a row with the commits before.</summary>
    /// <returns>Partitions that went to another member while the commit waited for a rebalance, and were not committed.</returns>
    /// <exception cref="CommitFailedException">We are no member any more, or a partition is not ours.</exception>
    /// <exception cref="KafkaException">The coordinator refused, or did not answer within default.api.timeout.ms.</exception>
    /// <exception cref="OperationCanceledException">The commit goes on.</exception>
    public async ValueTask<IReadOnlyList<TopicPartition>> CommitAsync(IReadOnlyCollection<OffsetToCommit> offsets, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (offsets.Count == 0) return [];
        Task<IReadOnlyList<TopicPartition>> own;
        lock (_gate) _last = own = CommitBehindAsync(_last, new CommitWork(offsets));
        return await own.WaitAsync(cancellation).ConfigureAwait(false);
    }

    async Task<IReadOnlyList<TopicPartition>> CommitBehindAsync(Task before, CommitWork work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await CommitAsync(work, new BoundedCall(connections, options.ApiTimeout, CancellationToken.None)).ConfigureAwait(false);
        work.ThrowIfRefused(options.GroupId);
        return work.Dropped;
    }

    async Task CommitAsync(CommitWork work, BoundedCall call)
    {
        var anew = false;
        string? reason = null;
        for (var attempt = 1; ; attempt++)
        {
            var picture = member?.Picture;
            if (picture is not null) KeepOwned(work, picture, isFirst: attempt == 1);
            if (work.Left.Count == 0) return;
            var committer = picture?.Metadata ?? ConsumerGroupMetadata.ForSimpleGroup(options.GroupId);
            var ids = _ids.Of(work.Partitions, picture);
            var (answers, lost) = await SendAsync(work, committer, ids, anew, call).ConfigureAwait(false);
            reason = lost ?? reason;
            anew = answers.Values.Any(static code => ErrorTable.Of(code).Commit == CommitReaction.FindCoordinator);
            switch (work.Take(answers))
            {
                case CommitReaction.Succeed:
                    return;
                case CommitReaction.LookUpTopic:
                    await LookUpAsync(work, ids, call).ConfigureAwait(false);
                    break;
                case CommitReaction.AwaitEpoch:
                    if (!await IsStillOursAsync(work, committer, call).ConfigureAwait(false)) throw work.Failed(options.GroupId, work.LastError, "this client is not the member any more that it was");
                    continue;
                case CommitReaction.Fail:
                    if (picture is null) RefuseAll(work);
                    else if (!HasMovedOn(work, picture)) throw Refused(work, committer);
                    break;
            }
            if (work.Left.Count == 0) return;
            if (!await call.TryPauseAsync(connections.Options.Retrying.After(attempt)).ConfigureAwait(false)) throw work.TimedOut(options.GroupId, options.ApiTimeout, reason);
        }
    }

    /// <summary>A coordinator takes from a member whatever it commits; that it speaks of partitions of its own is seen to here.</summary>
    void KeepOwned(CommitWork work, MemberPicture picture, bool isFirst)
    {
        var foreign = work.Partitions.Where(partition => !picture.Owned.ContainsKey(partition)).ToArray();
        if (foreign.Length == 0) return;
        if (isFirst)
            throw new CommitFailedException(new Error(ErrorCode.UnknownMemberId,
                $"group '{options.GroupId}': {string.Join(", ", foreign)} is not assigned to this member, so nothing is committed. Whoever has it now reads those records again"), foreign);
        work.Drop(foreign);
    }

    async Task<(IReadOnlyDictionary<TopicPartition, ErrorCode> Answers, string? Lost)> SendAsync(CommitWork work, ConsumerGroupMetadata committer, Dictionary<string, TopicId> ids, bool anew, BoundedCall call)
    {
        try
        {
            var coordinator = await _link.ConnectAsync(ConnectionLane.Requests, anew, call.Left, call.Cancellation).ConfigureAwait(false);
            return (await OffsetsExchange.CommitAsync(coordinator, committer, work.Left, ids, call.RequestTimeout, call.Cancellation).ConfigureAwait(false), null);
        }
        catch (BrokerConnectionException lost)
        {
            return (work.Partitions.ToDictionary(static partition => partition, static _ => ErrorCode.NetworkException), lost.Message);
        }
        catch (KafkaException notFound) when (!notFound.Error.IsLocal)
        {
            return (work.Partitions.ToDictionary(static partition => partition, _ => notFound.Error.Code), notFound.Message);
        }
    }

    /// <summary>A broker that does not know the id knows less than we do, or more: when the topic is another one by now, its offsets mean nothing.</summary>
    async Task LookUpAsync(CommitWork work, Dictionary<string, TopicId> ids, BoundedCall call)
    {
        try { await call.RefreshAsync().ConfigureAwait(false); }
        catch (BrokerConnectionException) { return; }
        foreach (var partition in work.Partitions.Where(partition => _ids.IsAnother(partition.Topic, ids[partition.Topic])).ToArray())
        {
            work.Refuse(partition, ErrorCode.UnknownTopicId);
            _ids.Forget(partition.Topic);
        }
    }

    async Task<bool> IsStillOursAsync(CommitWork work, ConsumerGroupMetadata committer, BoundedCall call)
    {
        if (committer.Standing is not { } standing) return false;
        using var limit = new CancellationTokenSource(call.Left, connections.Options.TimeProvider);
        try { return await standing.ConfirmAsync(committer, [.. work.Partitions], limit.Token).ConfigureAwait(false) is not null; }
        catch (OperationCanceledException) { throw work.TimedOut(options.GroupId, call.Limit, "no heartbeat was answered"); }
    }

    /// <summary>The generation has changed while the commit was on its way, and all of it is still ours: it is repeated under the new one.</summary>
    bool HasMovedOn(CommitWork work, MemberPicture then) =>
        member!.Picture is var now && now.IsMember && now.Metadata.GenerationId != then.Metadata.GenerationId && now.OwnsSince(work.Partitions, then.Stamp);

    CommitFailedException Refused(CommitWork work, ConsumerGroupMetadata committer)
    {
        member!.CommitRefused(work.LastError, committer);
        return work.Failed(options.GroupId, work.LastError, $"the coordinator answered {work.LastError} to member '{committer.MemberId}' of generation {committer.GenerationId}");
    }

    static void RefuseAll(CommitWork work)
    {
        foreach (var partition in work.Partitions.ToArray()) work.Refuse(partition, work.LastError);
    }

    /// <summary>
    /// What the group has committed. An offset that a transaction is about to change is waited for, as is a coordinator that cannot be reached: only the coordinator's
    /// own word that there is none counts as no offset. Asked until it is cancelled, which whoever loses the assignment does.
    /// </summary>
    /// <param name="within">Null sets no limit.</param>
    /// <returns>A partition without an offset is not in it.</returns>
    /// <exception cref="KafkaException">The coordinator refused for good, or <paramref name="within"/> has passed.</exception>
    public async Task<IReadOnlyDictionary<TopicPartition, StoredOffset>> FetchAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default, TimeSpan? within = null)
    {
        var call = new BoundedCall(connections, within ?? TimeSpan.FromMilliseconds(int.MaxValue), cancellation);
        var work = new FetchWork(partitions);
        var anew = false;
        for (var attempt = 1; ; attempt++)
        {
            var picture = member?.Picture;
            var ids = _ids.Of(work.Left, picture);
            var (answers, lost) = await FetchAsync(work, picture, ids, anew, call).ConfigureAwait(false);
            work.Take(answers, lost);
            work.ThrowIfRefused(options.GroupId);
            if (work.Left.Count == 0 || fault == PlantedFault.TakesFailedFetchForNoOffset) return work.Found;
            anew = ErrorTable.Of(work.LastError).Commit == CommitReaction.FindCoordinator;
            if (ErrorTable.Of(work.LastError).Commit == CommitReaction.LookUpTopic) await ForgetIdsAsync(work, call).ConfigureAwait(false);
            if (!await call.TryPauseAsync(connections.Options.Retrying.After(attempt)).ConfigureAwait(false)) throw work.TimedOut(options.GroupId, call.Limit);
        }
    }

    async Task<(IReadOnlyDictionary<TopicPartition, OffsetsExchange.Told> Answers, string? Lost)> FetchAsync(FetchWork work, MemberPicture? picture, Dictionary<string, TopicId> ids, bool anew, BoundedCall call)
    {
        try
        {
            var coordinator = await _link.ConnectAsync(ConnectionLane.Requests, anew, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
            var asMember = picture is { IsMember: true, SpeaksConsumer: true } ? picture.Metadata : null;
            return (await OffsetsExchange.FetchAsync(coordinator, options.GroupId, asMember, work.Left, ids, call.RequestTimeout, call.Cancellation).ConfigureAwait(false), null);
        }
        catch (BrokerConnectionException lost)
        {
            return (work.All(ErrorCode.NetworkException), lost.Message);
        }
        catch (KafkaException notFound) when (!notFound.Error.IsLocal)
        {
            return (work.All(notFound.Error.Code), notFound.Message);
        }
    }

    /// <summary>What is asked about is the topic as it is now.</summary>
    async Task ForgetIdsAsync(FetchWork work, BoundedCall call)
    {
        foreach (var topic in work.Left.Select(static partition => partition.Topic).Distinct()) _ids.Forget(topic);
        try { await call.RefreshAsync().ConfigureAwait(false); }
        catch (BrokerConnectionException) { }
    }
}
