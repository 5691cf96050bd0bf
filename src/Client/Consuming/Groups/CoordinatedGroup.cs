using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Offsets;

namespace Semel.Client.Consuming.Groups;

/// <summary>The group at its coordinator.</summary>
internal sealed class CoordinatedGroup(ConsumerOptions options, ClusterConnections connections) : IGroup
{
    public IGroupOffsets Offsets { get; } = new StoredOffsets(new GroupOffsets(options.Group!, connections));

    public (IGroupMember Member, IGroupOffsets Offsets) Join(IAssignmentOwner owner)
    {
        var member = new GroupMember(options.Group!, connections, owner, options.Time, options.Connections.Logger);
        return (new Joined(member), new StoredOffsets(new GroupOffsets(options.Group!, connections, member)));
    }

    sealed class Joined(GroupMember member) : IGroupMember
    {
        public void Subscribe(Subscription subscription) => member.Subscribe(subscription);
        public void Unsubscribe() => member.Unsubscribe();
        public void BeginPull() => member.BeginPull();
        public void EndPull() => member.EndPull();
        public bool MayDeliver => member.MayDeliver;
        public ConsumerGroupMetadata Metadata => member.Metadata;
        public ValueTask CloseAsync(TimeSpan patience) => member.CloseAsync(patience);
    }

    sealed class StoredOffsets(GroupOffsets offsets) : IGroupOffsets
    {
        public ValueTask<IReadOnlyList<TopicPartition>> CommitAsync(IReadOnlyCollection<FinishedOffset> finished, CancellationToken cancellation) =>
            offsets.CommitAsync([.. finished.Select(static one => new OffsetToCommit(one.Partition, one.NextOffset, one.LeaderEpoch))], cancellation);

        public async ValueTask<IReadOnlyList<GroupOffset>> FetchAsync(IReadOnlyCollection<TopicPartition> partitions, TimeSpan? within, CancellationToken cancellation)
        {
            var found = await offsets.FetchAsync(partitions, cancellation, within).ConfigureAwait(false);
            return [.. found.Select(static one => new GroupOffset(one.Key, one.Value.Offset, one.Value.LeaderEpoch))];
        }
    }
}
