using Semel.Client.Configuration;
using Semel.Client.Consuming.Reading;

namespace Semel.Client.Consuming.Groups;

/// <summary>Commits of what is finished: when the application asks, by interval, and when partitions go (C-41, C-42, C-43). Thread safe.</summary>
internal sealed class Commits(RecordSource source, Func<IGroupOffsets> offsets, ConsumerOptions options) : IAsyncDisposable
{
    readonly CancellationTokenSource _closing = new();
    readonly Lock _gate = new();
    Task? _loop;

    /// <summary>Begins to commit by interval, if the configuration wants that. Once is enough.</summary>
    public void Start()
    {
        if (!options.CommitsByItself) return;
        lock (_gate)
            if (!_closing.IsCancellationRequested) _loop ??= Task.Run(RunAsync, CancellationToken.None);
    }

    async Task RunAsync()
    {
        using var timer = new PeriodicTimer(options.CommitInterval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false)) await TryCommitAsync(null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>What is finished and not committed yet.</summary>
    /// <param name="among">Only of these; null for all.</param>
    /// <exception cref="KafkaException">It is not committed, or nobody knows.</exception>
    public async ValueTask CommitFinishedAsync(IReadOnlyCollection<TopicPartition>? among, CancellationToken cancellation)
    {
        var finished = source.Finished(among);
        if (finished.Count > 0) await CommitAsync(finished, cancellation).ConfigureAwait(false);
    }

    /// <exception cref="KafkaException">They are not committed, or nobody knows.</exception>
    public async ValueTask CommitAsync(IReadOnlyCollection<FinishedOffset> finished, CancellationToken cancellation)
    {
        var dropped = await offsets().CommitAsync(finished, cancellation).ConfigureAwait(false);
        FinishedOffset[] committed = [.. finished.Where(offset => !dropped.Contains(offset.Partition))];
        source.Committed(committed);
        ConsumerMetrics.Committed(committed.Length);
        foreach (var offset in finished)
            if (dropped.Contains(offset.Partition)) NotCommitted(offset, ErrorCode.RebalanceInProgress, "the partition went to another member meanwhile, which reads it again from what was committed before");
    }

    /// <summary>As <see cref="CommitFinishedAsync"/>, for when nobody awaits it: a failure is an event for each partition.</summary>
    public async ValueTask TryCommitAsync(IReadOnlyCollection<TopicPartition>? among, CancellationToken cancellation)
    {
        var finished = source.Finished(among);
        if (finished.Count == 0) return;
        try
        {
            await CommitAsync(finished, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            foreach (var offset in finished) NotCommitted(offset, (failure as KafkaException)?.Error.Code ?? ErrorCode.None, failure.Message);
        }
    }

    void NotCommitted(in FinishedOffset offset, ErrorCode code, string why) =>
        source.Tell(new PartitionFault(ConsumeFault.CommitFailed, offset.Partition, offset.NextOffset, null, code,
            $"{offset.Partition} is finished up to offset {offset.NextOffset}, which could not be committed: {why}"));

    /// <summary>Nothing is committed by interval any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_loop is not null) await _loop.ConfigureAwait(false);
    }
}
