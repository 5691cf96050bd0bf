namespace Semel.Client.Consuming;

/// <summary>What follows when the application has had everything before the end of a chunk: see <see cref="ChunkEnding"/>.</summary>
internal static class EndingRule
{
    /// <summary>The end is reached; what follows is decided when the turn is told the time.</summary>
    public static void Reach(ConsumerState state, PartitionFeed feed, in ChunkEnding ending)
    {
        state.Endings.Enqueue((feed, feed.Position.FetchEpoch, ending));
        // Who waits for records looks again when it is decided.
        state.Effects.Arrived();
    }

    public static void Apply(ConsumerState state, in Moment moment)
    {
        while (state.Endings.TryDequeue(out var reached))
            if (!reached.Feed.IsUnassigned && reached.Epoch == reached.Feed.Position.FetchEpoch) Apply(state, reached.Feed, reached.Ending, moment);
    }

    static void Apply(ConsumerState state, PartitionFeed feed, in ChunkEnding ending, in Moment moment)
    {
        switch (ending.Kind)
        {
            case EndingKind.OutOfRange:
                if (feed.Position.OutOfRange(state.Options.Reset.Query(moment.Wall)) is { } outOfRange) state.Tell(outOfRange);
                state.Effects.LookUp();
                break;
            case EndingKind.Damaged:
                if (feed.Position.Damaged(ending.Offset, ending.Reason!, moment.Now, state.Options.Pauses) is { } damaged) state.Tell(damaged);
                state.Effects.RefreshTopic(feed.Position.Partition.Topic);
                state.WakeFetchers(feed);
                break;
            case EndingKind.Fault:
                state.Tell(feed.Position.Stop(ending.Fault!));
                break;
        }
    }
}
