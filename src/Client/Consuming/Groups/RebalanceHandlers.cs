using System.Collections.Immutable;

namespace Semel.Client.Consuming.Groups;

/// <summary>The application's handlers of a rebalance. Thread safe; run by the membership, one call at a time.</summary>
internal sealed class RebalanceHandlers : IRebalanceEvents
{
    static readonly AsyncLocal<bool> Inside = new();
    ImmutableList<Registration> _assigned = [], _revoked = [], _lost = [];

    sealed class Registration(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler, Action<Registration> remove) : IDisposable
    {
        public Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> Handler => handler;
        public void Dispose() => remove(this);
    }

    /// <summary>Whether the caller is a handler, of a rebalance or of a stream: it must not wait for what waits for it.</summary>
    public static bool IsCaller => Inside.Value;

    /// <summary>What the calling method calls from now on is a handler.</summary>
    public static void Enter() => Inside.Value = true;

    public IDisposable OnAssigned(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler) =>
        Add(ref _assigned, handler, gone => ImmutableInterlocked.Update(ref _assigned, static (all, one) => all.Remove(one), gone));

    public IDisposable OnRevoked(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler) =>
        Add(ref _revoked, handler, gone => ImmutableInterlocked.Update(ref _revoked, static (all, one) => all.Remove(one), gone));

    public IDisposable OnLost(Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler) =>
        Add(ref _lost, handler, gone => ImmutableInterlocked.Update(ref _lost, static (all, one) => all.Remove(one), gone));

    static Registration Add(ref ImmutableList<Registration> all, Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> handler, Action<Registration> remove)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var added = new Registration(handler, remove);
        ImmutableInterlocked.Update(ref all, static (known, one) => known.Add(one), added);
        return added;
    }

    /// <returns>What handlers threw.</returns>
    public ValueTask<IReadOnlyList<Exception>> AssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation) => RunAsync(_assigned, partitions, cancellation);
    /// <inheritdoc cref="AssignedAsync"/>
    public ValueTask<IReadOnlyList<Exception>> RevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation) => RunAsync(_revoked.Reverse(), partitions, cancellation);
    /// <inheritdoc cref="AssignedAsync"/>
    public ValueTask<IReadOnlyList<Exception>> LostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation) => RunAsync(_lost.Reverse(), partitions, cancellation);

    static async ValueTask<IReadOnlyList<Exception>> RunAsync(ImmutableList<Registration> handlers, IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation)
    {
        List<Exception>? failures = null;
        Enter();
        foreach (var registration in handlers)
        {
            try { await registration.Handler(partitions, cancellation).ConfigureAwait(false); }
            catch (Exception failure) { (failures ??= []).Add(failure); }
        }
        return failures ?? (IReadOnlyList<Exception>)[];
    }
}
