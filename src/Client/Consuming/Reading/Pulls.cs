using System.Runtime.CompilerServices;
using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming.Groups;

namespace Semel.Client.Consuming.Reading;

/// <summary>Pulls one after the other: objects instead of bytes, exceptions instead of faults. One at a time; a second one throws.</summary>
internal sealed class Pulls<TKey, TValue>(RecordSource source, ConsumerGroup? group, Deserialization<TKey, TValue> deserialization, ConsumerOptions options, Action<PartitionFault> tell)
{
    DecodedChunk? _peeked;
    ConsumeBatch<TKey, TValue>? _batch;
    int _isPulling;
    /// <summary>The place in the held chunk that is next unless somebody seeks, pauses or unassigns; -1 for none.</summary>
    int _following = -1;

    public ValueTask<ConsumeResult<TKey, TValue>?> NextAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        Begin();
        return OneAsync(timeout, cancellation);
    }

    /// <summary>A pull that was begun; ends it.</summary>
    ValueTask<ConsumeResult<TKey, TValue>?> OneAsync(TimeSpan timeout, CancellationToken cancellation) =>
        TryTake(cancellation, out var result) ? new ValueTask<ConsumeResult<TKey, TValue>?>(result) : WaitForNextAsync(timeout, cancellation);

    /// <summary>A pull that was begun takes what is there, and ends; or goes on with <see cref="WaitForNextAsync"/>.</summary>
    internal bool TryTake(CancellationToken cancellation, out ConsumeResult<TKey, TValue> result)
    {
        var isWaiting = false;
        try
        {
            // Whoever comes back for more is done with what it had, also when it is told to stop before there is more.
            if (cancellation.IsCancellationRequested) source.ProcessDelivered();
            // What is cancelled is refused in one place, where there may be a wait.
            if (!cancellation.IsCancellationRequested && TryNext(out result)) return true;
            result = default;
            isWaiting = true;
            return false;
        }
        finally
        {
            if (!isWaiting) End();
        }
    }

    /// <summary>A pull that was begun and found nothing; ends it.</summary>
    internal async ValueTask<ConsumeResult<TKey, TValue>?> WaitForNextAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var began = options.Time.GetTimestamp();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryNext(out var result)) return result;
                if (source.IsEnded) return null;
                var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - options.Time.GetElapsedTime(began);
                if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero) return null;
                await source.WaitAsync(left, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            End();
        }
    }

    /// <summary>The next record, deserialised before the position moves, so that one that cannot be stays the next.</summary>
    bool TryNext(out ConsumeResult<TKey, TValue> result)
    {
        if (TryFollowing(out result)) return true;
        while (true)
        {
            _following = -1;
            if (!MayDeliver())
            {
                LetGo();
                result = default;
                return false;
            }
            switch (source.TryPeek(ref _peeked, out var index, out var end))
            {
                case PeekResult.Record:
                    result = deserialization.Result(_peeked!, (_peeked!)[index]);
                    var isWanted = source.TryAdvance(_peeked, index);
                    Taken(index);
                    if (!isWanted) break;
                    ConsumerActivities.Polled(result, options.Group?.GroupId);
                    return true;
                case PeekResult.End:
                    result = new ConsumeResult<TKey, TValue>(end.TopicPartition, end.Offset, -1, default) { IsPartitionEof = true };
                    return true;
                default:
                    LetGo();
                    result = default;
                    if (!TellFaults()) return false;
                    break;
            }
        }
    }

    /// <summary>
    /// The record behind the last one, which is mostly the next: made from the chunk that is held, and then one look under the lock whether it is. Where it is not, or something has to be told
    /// first, nothing has happened.
    /// </summary>
    bool TryFollowing(out ConsumeResult<TKey, TValue> result)
    {
        result = default;
        if (_following < 0 || !MayDeliver()) return false;
        var (chunk, index) = (_peeked!, _following);
        try
        {
            result = deserialization.Result(chunk, chunk[index]);
        }
        catch (ConsumeException)
        {
            // Thrown by who is certain that it is this record's turn.
            return false;
        }
        if (!source.TryFollow(chunk, index)) return false;
        Taken(index);
        ConsumerActivities.Polled(result, options.Group?.GroupId);
        return true;
    }

    /// <summary>A chunk of which nothing is left is let go: its memory may be what the next fetch waits for.</summary>
    void Taken(int index)
    {
        _following = index + 1;
        if (_peeked!.Left == 0) LetGo();
    }

    /// <summary>After a long pause of the process another member may have the partitions: nothing is handed out before the handlers were told (C-15).</summary>
    bool MayDeliver()
    {
        if (group is null) return true;
        group.ThrowPending();
        return group.MayDeliver;
    }

    public ValueTask<ConsumeBatch<TKey, TValue>> BatchAsync(int maxRecords, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 1);
        Begin();
        var isWaiting = false;
        try
        {
            if (cancellation.IsCancellationRequested) source.ProcessDelivered();
            else if (TryBatch(maxRecords) is { } batch) return new ValueTask<ConsumeBatch<TKey, TValue>>(batch);
            isWaiting = true;
            return WaitForBatchAsync(maxRecords, cancellation);
        }
        finally
        {
            if (!isWaiting) End();
        }
    }

    async ValueTask<ConsumeBatch<TKey, TValue>> WaitForBatchAsync(int maxRecords, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryBatch(maxRecords) is { } batch) return batch;
                if (source.IsEnded) return new ConsumeBatch<TKey, TValue>(new PulledRecords(), deserialization);
                await source.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            End();
        }
    }

    ConsumeBatch<TKey, TValue>? TryBatch(int maxRecords)
    {
        // A pull of single records may have left a chunk held, whose memory would be missing from now on.
        LetGo();
        var pulled = new PulledRecords();
        do
        {
            if (!MayDeliver()) return null;
            if (!source.TryPull(maxRecords, ref pulled)) continue;
            ConsumerActivities.Polled(pulled, options.Group?.GroupId);
            return _batch = new ConsumeBatch<TKey, TValue>(pulled, deserialization);
        }
        while (TellFaults());
        return null;
    }

    // Up to the end

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> UntilEndAsync(Func<CancellationToken, Task<Dictionary<TopicPartition, long>>> askEnds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var ends = await EndsAsync(askEnds, cancellation).ConfigureAwait(false);
        source.LearnEnds(ends);
        var reached = new List<TopicPartition>();
        try
        {
            foreach (var partition in ends.Keys.ToArray()) Stop(partition, ends, reached);
            while (ends.Count > 0)
            {
                if (await PullBelowAsync(ends, cancellation).ConfigureAwait(false) is { } result)
                {
                    yield return result;
                    Stop(result.TopicPartition, ends, reached);
                    continue;
                }
                if (source.IsEnded) yield break;
                foreach (var partition in ends.Keys.ToArray()) Stop(partition, ends, reached);
            }
            // It came back for more after the last record, which is all that it takes to be done with it.
            source.ProcessDelivered();
        }
        finally
        {
            foreach (var partition in reached) source.TryResume(partition);
        }
    }

    /// <summary>Asks where the partitions end; what keeps one from being read is told meanwhile, as in any pull.</summary>
    async Task<Dictionary<TopicPartition, long>> EndsAsync(Func<CancellationToken, Task<Dictionary<TopicPartition, long>>> askEnds, CancellationToken cancellation)
    {
        Begin();
        try
        {
            using var asked = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var asking = askEnds(asked.Token);
            try
            {
                while (!asking.IsCompleted && !source.IsEnded)
                {
                    group?.ThrowPending();
                    TellFaults();
                    using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                    var waiting = source.WaitAsync(Timeout.InfiniteTimeSpan, waited.Token).AsTask();
                    await Task.WhenAny(asking, waiting).ConfigureAwait(false);
                    await waited.CancelAsync().ConfigureAwait(false);
                    await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                if (!asking.IsCompleted) return [];
                return await asking.ConfigureAwait(false);
            }
            finally
            {
                await asked.CancelAsync().ConfigureAwait(false);
                await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            End();
        }
    }

    /// <summary>Takes a partition whose end is reached out of the way, so that what comes behind it stays for the next pull.</summary>
    void Stop(TopicPartition partition, Dictionary<TopicPartition, long> ends, List<TopicPartition> reached)
    {
        if (!ends.TryGetValue(partition, out var end) || source.Positions(partition) is { } positions && positions.Delivered < end) return;
        ends.Remove(partition);
        if (source.TryPause(partition)) reached.Add(partition);
    }

    /// <summary>The next record; null when the positions have moved, or may have, without one.</summary>
    async ValueTask<ConsumeResult<TKey, TValue>?> PullBelowAsync(Dictionary<TopicPartition, long> ends, CancellationToken cancellation)
    {
        Begin();
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryNext(out var result)) return result;
            if (ends.Any(end => source.Positions(end.Key) is not { } positions || positions.Delivered >= end.Value)) return null;
            await source.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            return null;
        }
        finally
        {
            End();
        }
    }

    // Streams of single partitions

    public async Task ByPartitionAsync(Func<PartitionStream<TKey, TValue>, CancellationToken, Task> handler, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Begin();
        try
        {
            var streams = new PartitionStreams<TKey, TValue>(source, group, deserialization, handler, TellAll, options.Time, options.Group?.MaxPollInterval ?? TimeSpan.FromMinutes(5));
            await streams.RunAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            End();
        }
    }

    void TellAll()
    {
        group?.ThrowPending();
        TellFaults();
    }

    // Around each pull

    void Begin()
    {
        if (!TryBegin()) throw Disposed();
    }

    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    internal void CheckOpen()
    {
        if (source.IsEnded) throw Disposed();
    }

    static ObjectDisposedException Disposed() => new(typeof(IConsumer<TKey, TValue>).Name);

    /// <returns>False when the consumer is disposed of.</returns>
    internal bool TryBegin()
    {
        if (Interlocked.Exchange(ref _isPulling, 1) != 0)
            return source.IsEnded ? false : throw new InvalidOperationException("a pull is under way: one consumer serves one pull at a time");
        _batch?.Dispose();
        _batch = null;
        group?.BeginPull();
        if (!source.IsEnded) return true;
        End();
        return false;
    }

    void End()
    {
        group?.EndPull();
        if (source.IsEnded) LetGo();
        Volatile.Write(ref _isPulling, 0);
    }

    /// <summary>The consumer is disposed of: a pull that is under way lets go by itself when it ends.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isPulling, 1) != 0) return;
        LetGo();
        Volatile.Write(ref _isPulling, 0);
    }

    void LetGo()
    {
        _following = -1;
        _peeked?.Release();
        _peeked = null;
    }

    /// <summary>Tells what happened since the last pull, in order, up to the first that has to be thrown.</summary>
    /// <returns>Whether there was anything.</returns>
    bool TellFaults()
    {
        var any = false;
        while (source.TryTakeFault(out var fault))
        {
            any = true;
            tell(fault!);
            if (fault!.Throws) throw new ConsumeException(fault.Kind, new TopicPartitionOffset(fault.Partition, fault.From), new Error(fault.Code, fault.Reason));
        }
        return any;
    }
}
