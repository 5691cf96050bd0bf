using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

/// <summary>One partition whose position a broker has to be asked about.</summary>
internal readonly record struct PositionQuestion(PartitionFeed Feed, int Epoch, NodeId Leader, int LeaderEpoch, OffsetQuery Query)
{
    public TopicPartition Partition => Feed.Position.Partition;
}

/// <summary>What is known about the cluster, and why nothing more is.</summary>
internal readonly record struct ClusterPicture(MetadataView View, string? LastFailure);

/// <summary>What a partition needs before it can be fetched: a leader, by asking for the metadata again and again, and an offset, by asking the leader.</summary>
internal static class LookUpRule
{
    /// <summary>The partitions to ask about now; when there are none, how long to wait unless something changes.</summary>
    public static List<PositionQuestion> TakeQuestions(ConsumerState state, in ClusterPicture cluster, TimeSpan now, out TimeSpan? wait)
    {
        var questions = new List<PositionQuestion>();
        var next = TimeSpan.MaxValue;
        foreach (var feed in state.Turns)
        {
            var position = feed.Position;
            var isLeaderless = position.Leader.Value < 0 && position.State != PositionState.Stopped;
            if ((!isLeaderless && position.State != PositionState.Resolving) || feed.LookUpEpoch == position.FetchEpoch) continue;
            if (position.RetryAt <= now && !isLeaderless)
            {
                feed.LookUpEpoch = position.FetchEpoch;
                questions.Add(new PositionQuestion(feed, position.FetchEpoch, position.Leader, position.LeaderEpoch, position.Query));
                continue;
            }
            if (position.RetryAt <= now) LookForLeader(state, feed, cluster, now);
            next = position.RetryAt < next ? position.RetryAt : next;
        }
        wait = next == TimeSpan.MaxValue ? null : next - now;
        return questions;
    }

    static void LookForLeader(ConsumerState state, PartitionFeed feed, in ClusterPicture cluster, TimeSpan now)
    {
        var (name, number) = feed.Position.Partition;
        var topic = cluster.View.Find(name);
        state.Effects.RefreshTopic(name);
        if (topic is null && cluster.LastFailure is null)
        {
            // The first answer is on its way: that is no failure yet.
            feed.Position.Wait(now, state.Options.Pauses);
            return;
        }
        var code = topic is null ? ErrorCode.LeaderNotAvailable
            : topic.Error != ErrorCode.None ? topic.Error
            : topic.Find(number) is not { } known ? ErrorCode.UnknownTopicOrPartition
            : known.Error != ErrorCode.None ? known.Error : ErrorCode.LeaderNotAvailable;
        var reason = topic is null ? $"no broker has told anything about topic {name}: {cluster.LastFailure}"
            : $"the cluster names no leader of {feed.Position.Partition}: {code}";
        if (feed.Position.LookUpFailed(feed.Position.FetchEpoch, code, reason, now, state.Options.Pauses) is { } fault) state.Tell(fault);
    }

    public static void Found(ConsumerState state, in PositionQuestion question, long offset, int leaderEpoch)
    {
        question.Feed.LookUpEpoch = -1;
        var position = question.Feed.Position;
        var from = position.ResetFrom;
        if (!position.Resolve(question.Epoch, offset, leaderEpoch)) return;
        if (from >= 0) state.Tell(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, from, offset, ErrorCode.OffsetOutOfRange,
            $"offset {from} of {position.Partition} is not in the log; reading goes on at {offset} (auto.offset.reset={state.Options.Reset})"));
        state.WakeFetchers(question.Feed);
        // Somebody may wait for the position only.
        state.Effects.Arrived();
    }

    /// <summary>The broker has no record as young as the policy wants: the next one will be.</summary>
    public static void AskForEnd(in PositionQuestion question)
    {
        question.Feed.LookUpEpoch = -1;
        if (question.Epoch == question.Feed.Position.FetchEpoch) question.Feed.Position.SeekBy(OffsetQuery.Latest);
    }

    public static void NotFound(ConsumerState state, in PositionQuestion question, ErrorCode code, string reason, TimeSpan now)
    {
        question.Feed.LookUpEpoch = -1;
        if (question.Feed.Position.LookUpFailed(question.Epoch, code, reason, now, state.Options.Pauses) is { } fault) state.Tell(fault);
    }
}
