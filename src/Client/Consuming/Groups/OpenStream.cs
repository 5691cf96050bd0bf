using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming.Reading;

namespace Semel.Client.Consuming.Groups;

/// <summary>One partition's stream while its handler runs.</summary>
internal sealed class OpenStream<TKey, TValue>(PartitionFeed feed, RecordSource source, Deserialization<TKey, TValue> deserialization, ConsumerGroup? group, Func<int> tick, TimeProvider time) : IDisposable
{
    readonly Signal _wake = new(time);
    readonly CancellationTokenSource _cancelled = new();
    DecodedChunk? _peeked;
    int _isPulling, _busySince = int.MaxValue;
    volatile bool _isOver;

    public PartitionFeed Feed => feed;
    public TopicPartition Partition => feed.Position.Partition;
    public CancellationToken Cancelled => _cancelled.Token;
    public Task Handler { get; set; } = Task.CompletedTask;

    /// <summary>The tick at which the handler got what it has in hand; <see cref="int.MaxValue"/> while it has nothing.</summary>
    public int BusySince => Volatile.Read(ref _busySince);

    public void Wake() => _wake.Set();

    /// <summary>Nothing more comes.</summary>
    public void End()
    {
        _isOver = true;
        _wake.Set();
    }

    /// <summary>Nothing more comes, and the handler had better stop.</summary>
    public void Cancel()
    {
        _cancelled.Cancel();
        End();
    }

    /// <returns>Null when nothing more comes.</returns>
    public async ValueTask<ConsumeResult<TKey, TValue>?> NextAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _isPulling, 1) != 0) throw new InvalidOperationException($"the stream of {Partition} is asked for a record while it is asked for one already");
        try
        {
            Volatile.Write(ref _busySince, int.MaxValue);
            while (true)
            {
                if (TryNext(cancellation, out var result)) return result;
                if (_isOver || source.IsEnded || feed.IsUnassigned) return null;
                await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _isPulling, 0);
        }
    }

    bool TryNext(CancellationToken cancellation, out ConsumeResult<TKey, TValue> result)
    {
        while (true)
        {
            // To ask is to be done with what there was, even when nothing more is wanted.
            var peeked = source.TryPeek(feed, ref _peeked, out var index, out var end);
            cancellation.ThrowIfCancellationRequested();
            if (_isOver || group is { HasSession: false }) peeked = PeekResult.Nothing;
            switch (peeked)
            {
                case PeekResult.Record:
                    result = deserialization.Result(_peeked!, (_peeked!)[index]);
                    var isWanted = source.TryAdvance(_peeked, index);
                    if (_peeked.Left == 0) LetGo();
                    if (!isWanted) break;
                    Volatile.Write(ref _busySince, tick());
                    return true;
                case PeekResult.End:
                    result = new ConsumeResult<TKey, TValue>(end.TopicPartition, end.Offset, -1, default) { IsPartitionEof = true };
                    return true;
                default:
                    LetGo();
                    result = default;
                    return false;
            }
        }
    }

    /// <summary>The handler has ended. What it has in hand is finished if it returned, and comes again if it threw.</summary>
    public void Ended(bool hasReturned)
    {
        LetGo();
        if (hasReturned) source.ProcessDelivered(feed);
        else source.TakeBack(feed);
        Volatile.Write(ref _busySince, int.MaxValue);
    }

    void LetGo()
    {
        _peeked?.Release();
        _peeked = null;
    }

    public void Dispose() => _cancelled.Dispose();
}
