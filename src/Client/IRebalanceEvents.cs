namespace Semel.Client;

/// <summary>
/// Handlers of what a group gives and takes. They are awaited by the membership, one after the other and never at the same time: heartbeats go on meanwhile, for as
/// long as max.poll.interval.ms. Each gets the partitions that change, not all. They run in the order in which they were added, those of revoked and lost partitions
/// in the reverse order. What one throws is thrown by the next pull as well; the group goes on, and so do the other handlers.
///
/// A handler may commit, seek, pause and ask for positions. It may not pull. Thread safe.
/// </summary>
public interface IRebalanceEvents
{
    /// <summary>These are ours now; nothing of them is read before all handlers have run. A seek here says where reading begins.</summary>
    /// <returns>Disposed of, the handler is not called any more.</returns>
    IDisposable OnAssigned(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler);

    /// <summary>
    /// These are going to be another member's and are ours until the handlers have run: what is finished can be committed, and is after them when
    /// enable.auto.commit is true. Nothing of them is handed out any more, and nothing of them is in the application's hands.
    /// </summary>
    /// <returns>Disposed of, the handler is not called any more.</returns>
    IDisposable OnRevoked(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler);

    /// <summary>These are another member's, perhaps for some time: nothing of them can be committed. Records of them that are in the application's hands are read by others, too.</summary>
    /// <returns>Disposed of, the handler is not called any more.</returns>
    IDisposable OnLost(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler);
}
