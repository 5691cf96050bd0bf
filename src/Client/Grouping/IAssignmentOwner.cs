namespace Semel.Client.Grouping;

/// <summary>
/// Who reads what a group assigns. Called by the membership, one call at a time and never on the loop of a connection; a call may take as long as
/// max.poll.interval.ms, while heartbeats go on.
/// </summary>
internal interface IAssignmentOwner
{
    /// <summary>These are ours from now on: their positions are looked for, and they are read when the application's handlers have run.</summary>
    ValueTask AssignedAsync(IReadOnlyList<TopicPartition> added, CancellationToken cancellation);

    /// <summary>
    /// These are going to be another member's, and are still ours until the call has ended. Before it first waits nothing of them is delivered or fetched any more;
    /// then handlers run and finished offsets are committed.
    /// </summary>
    ValueTask RevokedAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation);

    /// <summary>These may be another member's already: nothing of them is delivered any more, and nothing can be committed.</summary>
    ValueTask LostAsync(IReadOnlyList<TopicPartition> lost, CancellationToken cancellation);

    /// <summary>The membership has ended and does not try again: the next pull throws this.</summary>
    void Failed(KafkaException failure);
}
