using System.Collections.Concurrent;
using Semel.Client.Consuming;
using Semel.Client.Consuming.Groups;
using Semel.Client.Grouping;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>A group whose coordinator is the test: it gives and takes partitions, keeps offsets, and answers as it is told.</summary>
internal sealed class ScriptedGroup : IGroup, IGroupMember, IGroupOffsets
{
    readonly HashSet<TopicPartition> _owned = [];
    IAssignmentOwner? _owner;

    public ConcurrentDictionary<TopicPartition, GroupOffset> Stored { get; } = new();
    public ConcurrentQueue<IReadOnlyCollection<FinishedOffset>> Commits { get; } = new();
    public ConcurrentQueue<TopicPartition[]> Fetches { get; } = new();

    /// <summary>Runs before a commit or a fetch is answered; what it throws is the answer.</summary>
    public Func<Task> OnCommit { get; set; } = static () => Task.CompletedTask;
    public Func<Task> OnFetch { get; set; } = static () => Task.CompletedTask;
    public IReadOnlyList<TopicPartition> Dropped { get; set; } = [];
    public bool MayDeliver { get; set; } = true;
    public Subscription? Subscription { get; private set; }
    public int Pulls { get; private set; }
    public bool IsPulling { get; private set; }
    public bool IsClosed { get; private set; }

    public IGroupOffsets Offsets => this;

    public (IGroupMember Member, IGroupOffsets Offsets) Join(IAssignmentOwner owner)
    {
        Assert.Null(_owner);
        _owner = owner;
        return (this, this);
    }

    public IAssignmentOwner Owner => _owner!;

    public async Task AssignAsync(params TopicPartition[] partitions)
    {
        _owned.UnionWith(partitions);
        await Owner.AssignedAsync(partitions, CancellationToken.None);
    }

    public async Task RevokeAsync(CancellationToken cancellation, params TopicPartition[] partitions)
    {
        await Owner.RevokedAsync(partitions, cancellation);
        _owned.ExceptWith(partitions);
    }

    public Task RevokeAsync(params TopicPartition[] partitions) => RevokeAsync(CancellationToken.None, partitions);

    public async Task LoseAsync(params TopicPartition[] partitions)
    {
        _owned.ExceptWith(partitions);
        await Owner.LostAsync(partitions, CancellationToken.None);
    }

    void IGroupMember.Subscribe(Subscription subscription) => Subscription = subscription;

    void IGroupMember.Unsubscribe()
    {
        Subscription = null;
        _ = RevokeAsync([.. _owned]);
    }

    void IGroupMember.BeginPull()
    {
        Assert.False(IsPulling);
        (IsPulling, Pulls) = (true, Pulls + 1);
    }

    void IGroupMember.EndPull() => IsPulling = false;
    ConsumerGroupMetadata IGroupMember.Metadata => new("g", 7, "member", null, null);

    async ValueTask IGroupMember.CloseAsync(TimeSpan patience)
    {
        if (_owned.Count > 0) await RevokeAsync([.. _owned]).WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IsClosed = true;
    }

    async ValueTask<IReadOnlyList<TopicPartition>> IGroupOffsets.CommitAsync(IReadOnlyCollection<FinishedOffset> offsets, CancellationToken cancellation)
    {
        await OnCommit();
        Commits.Enqueue(offsets);
        foreach (var offset in offsets)
            if (!Dropped.Contains(offset.Partition)) Stored[offset.Partition] = new GroupOffset(offset.Partition, offset.NextOffset, offset.LeaderEpoch);
        return Dropped;
    }

    async ValueTask<IReadOnlyList<GroupOffset>> IGroupOffsets.FetchAsync(IReadOnlyCollection<TopicPartition> partitions, TimeSpan? within, CancellationToken cancellation)
    {
        Fetches.Enqueue([.. partitions]);
        await OnFetch().WaitAsync(cancellation);
        return [.. Stored.Values.Where(one => partitions.Contains(one.Partition))];
    }
}
