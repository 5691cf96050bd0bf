using Semel.Client.Connections;
using Semel.Client.Consuming.Reading;

namespace Semel.Client.Consuming.Groups;

/// <summary>
/// Serves each owned partition by a stream of its own (C-52): one handler per partition, all at the same time. It lasts as long as the call: partitions come and
/// go meanwhile, and one that goes waits for its handler. When a handler throws, the others' streams end, and the call throws what it threw.
/// </summary>
internal sealed class PartitionStreams<TKey, TValue>(
    RecordSource source, ConsumerGroup? group, Deserialization<TKey, TValue> deserialization, Func<PartitionStream<TKey, TValue>, CancellationToken, Task> handler,
    Action tell, TimeProvider time, TimeSpan pollInterval) : IPartitionStreams
{
    readonly Lock _gate = new();
    readonly Dictionary<TopicPartition, OpenStream<TKey, TValue>> _open = [];
    readonly List<Exception> _failures = [];
    CancellationToken _cancellation;
    long _lastTick;
    int _ticks;
    volatile bool _isEnding;

    public async Task RunAsync(CancellationToken cancellation)
    {
        _cancellation = cancellation;
        group?.Serve(this);
        // This call is one long pull; handlers take their time all the same.
        group?.EndPull();
        try
        {
            Open(source.Feeds());
            while (!_isEnding && !source.IsEnded && !cancellation.IsCancellationRequested)
            {
                tell();
                foreach (var stream in Streams()) stream.Wake();
                // A handler that is at the same record for long keeps nobody else from being a member, but this client, as a loop of pulls would be.
                await source.WaitAsync(pollInterval / 4, cancellation).ConfigureAwait(false);
                Tick();
            }
        }
        finally
        {
            group?.Serve(null);
            await EndAllAsync().ConfigureAwait(false);
            group?.BeginPull();
        }
        lock (_gate)
            if (_failures.Count > 0) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failures[0]);
        cancellation.ThrowIfCancellationRequested();
    }

    void Tick()
    {
        var now = time.GetTimestamp();
        if (_lastTick != 0 && time.GetElapsedTime(_lastTick, now) < pollInterval / 4) return;
        _lastTick = now;
        var oldest = Streams().Select(static stream => stream.BusySince).DefaultIfEmpty(int.MaxValue).Min();
        _ticks++;
        if (group is null || (oldest != int.MaxValue && _ticks - oldest >= 2)) return;
        group.BeginPull();
        group.EndPull();
    }

    OpenStream<TKey, TValue>[] Streams()
    {
        lock (_gate) return [.. _open.Values];
    }

    public void Open(IReadOnlyList<PartitionFeed> feeds)
    {
        lock (_gate)
        {
            if (_isEnding) return;
            foreach (var feed in feeds)
            {
                if (_open.TryGetValue(feed.Position.Partition, out var earlier) && earlier.Feed == feed) continue;
                var stream = new OpenStream<TKey, TValue>(feed, source, deserialization, group, () => Volatile.Read(ref _ticks), time);
                _open[feed.Position.Partition] = stream;
                // Never two handlers of one partition at the same time, however it went and came.
                stream.Handler = Task.Run(() => HandleAsync(stream, earlier?.Handler ?? Task.CompletedTask), CancellationToken.None);
            }
        }
    }

    async Task HandleAsync(OpenStream<TKey, TValue> stream, Task earlier)
    {
        await earlier.ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellation, stream.Cancelled);
        var hasReturned = false;
        RebalanceHandlers.Enter();
        try
        {
            await handler(new PartitionStream<TKey, TValue>(stream), either.Token).ConfigureAwait(false);
            hasReturned = true;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested) { }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _failures.Add(failure);
                _isEnding = true;
            }
            source.LookAgain();
        }
        finally
        {
            stream.Ended(hasReturned);
        }
    }

    public Task EndAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        var ended = new List<Task>();
        lock (_gate)
            foreach (var partition in partitions)
            {
                if (!_open.TryGetValue(partition, out var stream)) continue;
                stream.End();
                ended.Add(stream.Handler);
            }
        return Task.WhenAll(ended);
    }

    public void Abandon(IReadOnlyCollection<TopicPartition> partitions)
    {
        lock (_gate)
            foreach (var partition in partitions)
                if (_open.TryGetValue(partition, out var stream)) stream.Cancel();
    }

    async Task EndAllAsync()
    {
        lock (_gate) _isEnding = true;
        var streams = Streams();
        foreach (var stream in streams) stream.End();
        await Task.WhenAll(streams.Select(static stream => stream.Handler)).ConfigureAwait(false);
        foreach (var stream in streams) stream.Dispose();
    }
}
