using Semel.Client.Grouping;

namespace Semel.Client.Consuming.Groups;

/// <summary>The consumer's side of a membership. All members are thread safe.</summary>
internal interface IGroupMember
{
    /// <summary>Joins, or asks for other topics from now on.</summary>
    void Subscribe(Subscription subscription);

    /// <summary>Gives up what it owns, through the owner, and leaves.</summary>
    void Unsubscribe();

    /// <summary>The application asks for records: max.poll.interval.ms does not run.</summary>
    void BeginPull();

    /// <summary>The application has records, or gave up waiting: max.poll.interval.ms runs.</summary>
    void EndPull();

    /// <summary>False from the moment at which the session has expired by our own clock until the owner was told of the loss (C-15).</summary>
    bool MayDeliver { get; }
    ConsumerGroupMetadata Metadata { get; }

    /// <summary>Gives up what it owns, through the owner, and leaves; returns when that is over or the patience is.</summary>
    ValueTask CloseAsync(TimeSpan patience);
}

/// <summary>What a group has committed for one partition.</summary>
internal readonly record struct GroupOffset(TopicPartition Partition, long Offset, int LeaderEpoch);

/// <summary>A group's offsets at its coordinator. Thread safe.</summary>
internal interface IGroupOffsets
{
    /// <summary>Commits one after the other, in the order of the calls (C-44).</summary>
    /// <returns>Partitions that went to another member meanwhile, and are not committed.</returns>
    /// <exception cref="KafkaException">They are not committed, or nobody knows: the class says which.</exception>
    ValueTask<IReadOnlyList<TopicPartition>> CommitAsync(IReadOnlyCollection<FinishedOffset> offsets, CancellationToken cancellation);

    /// <param name="within">Null: as long as it takes.</param>
    /// <returns>Those that have one. An answer that is not certain is waited for, never taken for "nothing committed".</returns>
    /// <exception cref="KafkaException">The coordinator refuses, or did not answer in time.</exception>
    ValueTask<IReadOnlyList<GroupOffset>> FetchAsync(IReadOnlyCollection<TopicPartition> partitions, TimeSpan? within, CancellationToken cancellation);
}

/// <summary>A group as a consumer meets it.</summary>
internal interface IGroup
{
    /// <summary>Of whoever is no member.</summary>
    IGroupOffsets Offsets { get; }

    /// <summary>Will be a member when it subscribes. Called once.</summary>
    (IGroupMember Member, IGroupOffsets Offsets) Join(IAssignmentOwner owner);
}
