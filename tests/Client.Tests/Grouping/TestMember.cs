using System.Collections.Concurrent;
using Semel.Client.Connections;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Offsets;
using Semel.Protocol;

namespace Semel.Client.Tests.Grouping;

/// <summary>Who has which partition, of all members of a test: two that have one at the same time are noted.</summary>
internal sealed class OwnershipBoard
{
    readonly ConcurrentDictionary<TopicPartition, string> _owners = new();

    public ConcurrentQueue<string> Conflicts { get; } = new();
    public IReadOnlyDictionary<TopicPartition, string> Owners => _owners;

    public void Take(TopicPartition partition, string member)
    {
        if (!_owners.TryAdd(partition, member)) Conflicts.Enqueue($"{member} gets {partition}, which {_owners.GetValueOrDefault(partition)} has");
    }

    public void Give(TopicPartition partition, string member) => _owners.TryRemove(new(partition, member));
}

/// <summary>An owner that does nothing with what it has but keep account.</summary>
internal sealed class RecordingOwner(string name, OwnershipBoard board) : IAssignmentOwner
{
    readonly ConcurrentDictionary<TopicPartition, bool> _own = new();
    int _running;

    public ConcurrentQueue<string> Calls { get; } = new();
    public IReadOnlyCollection<TopicPartition> Own => [.. _own.Keys.OrderBy(static one => one.Topic, StringComparer.Ordinal).ThenBy(static one => one.Partition)];
    public KafkaException? Failure { get; private set; }
    public bool CalledTwiceAtOnce { get; private set; }
    /// <summary>What a revocation does before the partitions are given up.</summary>
    public Func<IReadOnlyList<TopicPartition>, CancellationToken, Task>? OnRevoked { get; set; }
    public Func<IReadOnlyList<TopicPartition>, Task>? OnAssigned { get; set; }
    public Func<Task>? OnLost { get; set; }

    public ValueTask AssignedAsync(IReadOnlyList<TopicPartition> added, CancellationToken cancellation) => OneAtATime("assigned", added, async () =>
    {
        foreach (var partition in added)
        {
            board.Take(partition, name);
            _own[partition] = true;
        }
        if (OnAssigned is { } handler) await handler(added);
    });

    public ValueTask RevokedAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation) => OneAtATime("revoked", removed, async () =>
    {
        if (OnRevoked is { } handler) await handler(removed, cancellation);
        Forget(removed);
    });

    public ValueTask LostAsync(IReadOnlyList<TopicPartition> lost, CancellationToken cancellation) => OneAtATime("lost", lost, async () =>
    {
        Forget(lost);
        if (OnLost is { } handler) await handler();
    });

    void Forget(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            _own.TryRemove(partition, out _);
            board.Give(partition, name);
        }
    }

    async ValueTask OneAtATime(string call, IReadOnlyList<TopicPartition> partitions, Func<Task> run)
    {
        if (Interlocked.Increment(ref _running) != 1) CalledTwiceAtOnce = true;
        Calls.Enqueue($"{call} {string.Join(',', partitions)}");
        try { await run(); }
        finally { Interlocked.Decrement(ref _running); }
    }

    public void Failed(KafkaException failure) => Failure = failure;
}

/// <summary>A member of a group with all that it stands on.</summary>
internal sealed class TestMember : IAsyncDisposable
{
    readonly ClusterConnections _connections;

    public TestMember(string bootstrap, string name, OwnershipBoard? board = null, GroupOptions? options = null, TimeProvider? time = null, int retryMs = 20)
    {
        Owner = new RecordingOwner(name, board ?? new OwnershipBoard());
        var connection = new ConnectionOptions
        {
            BootstrapServers = [.. bootstrap.Split(',').Select(BrokerAddress.Parse)], ClientId = name, TimeProvider = time ?? TimeProvider.System,
            RetryBackoff = TimeSpan.FromMilliseconds(retryMs), ReconnectBackoff = TimeSpan.FromMilliseconds(10), ReconnectBackoffMax = TimeSpan.FromMilliseconds(50), MetadataMaxAge = TimeSpan.FromSeconds(1),
        };
        _connections = new ClusterConnections(connection);
        Member = new GroupMember(options ?? Classic(), _connections, Owner, time ?? TimeProvider.System, Log);
        Offsets = new GroupOffsets(Member.Options, _connections, Member);
        // As an application that pulls all the time.
        Member.BeginPull();
    }

    public RecordingOwner Owner { get; }
    public GroupMember Member { get; }
    public GroupOffsets Offsets { get; }
    public LinesLog Log { get; } = new();
    public ClusterConnections Connections => _connections;

    public static GroupOptions Classic(params PartitionAssignmentStrategy[] strategies) => new()
    {
        GroupId = "g", Protocol = GroupProtocol.Classic, SessionTimeout = TimeSpan.FromSeconds(6), HeartbeatInterval = TimeSpan.FromMilliseconds(100),
        Strategies = strategies.Length > 0 ? strategies : [PartitionAssignmentStrategy.Range],
        Retrying = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100)),
    };

    public static GroupOptions Consumer() => Classic() with { Protocol = GroupProtocol.Consumer };

    public TestMember Subscribe(params string[] topics)
    {
        Member.Subscribe(new Subscription(topics));
        return this;
    }

    public Task HasAsync(int partitions) => Eventually.Is(() => Owner.Own.Count == partitions && Member.Picture.Owned.Count == partitions);

    public async ValueTask DisposeAsync()
    {
        await Member.CloseAsync(TimeSpan.FromSeconds(5));
        await _connections.DisposeAsync();
    }
}
