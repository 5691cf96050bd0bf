using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>
/// Which partition may decode next. Uncompressed batches are decoded at once: they stay in the memory that they came in. Who has a compressed batch stands in
/// line for the memory that it will need (C-25), so that what is decompressed ahead of the application stays within the bound. When a pull found nothing,
/// and nothing is on its way to it, one batch is decompressed whether there is memory or not: so reading always goes on.
/// </summary>
internal sealed class DecodingLine(ConsumerState state)
{
    /// <summary>Decoded chunks that may wait per partition: one being handed out, one to follow without delay.</summary>
    const int DecodedAhead = 2;

    readonly Queue<PartitionFeed> _waiting = new();
    int _decoding;
    bool _isStarved;

    /// <summary>A partition may have something to decode, or room for it.</summary>
    public void Start(PartitionFeed feed)
    {
        if (feed.IsDecoding || feed.IsWaiting || !feed.IsServed || feed.Decoded.Count >= DecodedAhead || feed.Next is not { } next) return;
        if (next.ExpectedBytes == 0)
        {
            Run(feed);
            return;
        }
        feed.IsWaiting = true;
        _waiting.Enqueue(feed);
        StartWaiting();
    }

    /// <summary>Lets those that wait go on, as far as there is memory now.</summary>
    public void StartWaiting()
    {
        while (_waiting.TryPeek(out var feed))
        {
            if (feed.IsServed && feed.Next is { } next)
            {
                var expected = next.ExpectedBytes;
                if (!state.Memory.TryTake(expected))
                {
                    if (!_isStarved || _decoding > 0) return;
                    state.Memory.Take(expected);
                }
                feed.Granted = expected;
                Run(feed);
            }
            feed.IsWaiting = false;
            _waiting.Dequeue();
        }
    }

    void Run(PartitionFeed feed)
    {
        feed.IsDecoding = true;
        _decoding++;
        state.Effects.StartDecoder(feed);
    }

    /// <summary>A pull found nothing to hand out.</summary>
    public void Starve()
    {
        _isStarved = true;
        StartWaiting();
    }

    /// <summary>There is something to hand out.</summary>
    public void Feed() => _isStarved = false;

    /// <summary>What the decoder that asks is to decode of the partition; null when it has done enough, or has to wait for memory.</summary>
    /// <param name="granted">The memory that is taken for the first batch.</param>
    public FetchedChunk? Next(PartitionFeed feed, out long granted)
    {
        (granted, feed.Granted) = (feed.Granted, 0);
        if (feed.Decoded.Count < DecodedAhead && feed.Next is { } next && next.ExpectedBytes <= granted) return feed.TakeNext();
        feed.IsDecoding = false;
        _decoding--;
        // Taken for a batch that is not wanted any more.
        if (granted > 0) state.Memory.ReleaseDecompressed(granted);
        Start(feed);
        // Others may have waited for what this one would bring.
        StartWaiting();
        return null;
    }
}
