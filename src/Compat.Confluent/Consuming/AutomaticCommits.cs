namespace Semel.Compat.Confluent;

/// <summary>
/// Automatic commits of a consumer whose program wants to be told of them: the client below tells nobody of its own, so they are made here by the same rules,
/// at the
/// interval, before partitions are given away, and at the end. What is committed is what the client below calls finished. Thread safe.
/// </summary>
sealed class AutomaticCommits : IDisposable
{
    readonly Func<CancellationToken, ValueTask> _commit;
    readonly Func<IReadOnlyList<TopicPartitionOffset>> _committed;
    readonly Action<CommittedOffsets> _tell;
    readonly SemaphoreSlim _one = new(1, 1);
    readonly Timer _timer;
    IReadOnlyList<TopicPartitionOffset> _told = [];

    /// <param name="committed">What the group has committed of what is assigned, as far as it was committed here.</param>
    public AutomaticCommits(Func<CancellationToken, ValueTask> commit, Func<IReadOnlyList<TopicPartitionOffset>> committed, Action<CommittedOffsets> tell,
        int interval)
    {
        (_commit, _committed, _tell) = (commit, committed, tell);
        _timer = new Timer(_ => _ = CommitAsync(CancellationToken.None), null, interval, interval);
    }

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _commit(cancellation).ConfigureAwait(false);
            var now = _committed();
            var news = now.Except(_told).ToList();
            _told = now;
            if (news.Count > 0) _tell(new CommittedOffsets([.. news.Select(static place => new TopicPartitionOffsetError(place,
                new Error(ErrorCode.NoError)))], new Error(ErrorCode.NoError)));
        }
        catch (Inner.KafkaException failure)
        {
            var error = Failures.ErrorOf(failure);
            _tell(new CommittedOffsets([.. _told.Select(place => new TopicPartitionOffsetError(place, error))], error));
        }
        catch (Exception gone) when (gone is ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The consumer is closed, or has no group to commit to any more.
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _timer.Dispose();
}
