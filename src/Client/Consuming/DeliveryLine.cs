using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>
/// The partitions that have decoded records, in the order in which they are served: one chunk of each in turn. Here a record leaves for the application, so
/// here it is looked at for the last time: a chunk of an older fetch epoch, of a paused or of an unassigned partition is not handed out.
/// </summary>
internal sealed class DeliveryLine(ConsumerState state, DecodingLine decoding)
{
    readonly Queue<PartitionFeed> _ready = new();
    readonly List<PartitionFeed> _handedOut = [];

    /// <summary>A partition with this many bytes fetched and not handed out is full.</summary>
    public long BufferedPerPartition { get; set; } = long.MaxValue;

    /// <summary>The application has come back: it is done with everything it was given before.</summary>
    public void ProcessDelivered()
    {
        if (_handedOut.Count == 0) return;
        foreach (var feed in _handedOut) Process(feed);
        _handedOut.Clear();
    }

    /// <summary>The application has come back for more of this partition, whose records it takes apart from the others'.</summary>
    public void ProcessDelivered(PartitionFeed feed)
    {
        if (_handedOut.Remove(feed)) Process(feed);
    }

    void Process(PartitionFeed feed)
    {
        feed.IsInHand = false;
        feed.Position.ProcessDelivered();
        if (state.IsProcessingAwaited) state.Effects.Processed();
    }

    void HandOut(PartitionFeed feed, DecodedChunk chunk, int index, int count)
    {
        feed.Counter.Records += count;
        ref readonly var record = ref chunk[index];
        feed.Position.Deliver(record.Offset + 1, chunk.Memory(record).LeaderEpoch);
        if (feed.IsInHand) return;
        feed.IsInHand = true;
        _handedOut.Add(feed);
    }

    /// <summary>Hands out up to so many records, each held in its chunk.</summary>
    public void Pull(int recordsMax, ref PulledRecords pulled)
    {
        for (var left = recordsMax; left > 0 && Head() is { } feed;)
        {
            var chunk = feed.Decoded.Peek();
            var count = Math.Min(left, chunk.Left);
            if (count > 0)
            {
                chunk.Hold();
                pulled.Add(new ChunkSlice(chunk, chunk.Taken, count));
                left -= count;
                chunk.Taken += count;
                HandOut(feed, chunk, chunk.Taken - 1, count);
            }
            if (chunk.Left == 0 && Finish(feed, chunk)) pulled.AddEnd(new TopicPartitionOffset(feed.Position.Partition, feed.Position.DeliveredOffset));
        }
        if (pulled.IsEmpty) decoding.Starve();
    }

    /// <summary>The next record, without moving past it; or the end of a partition, which is moved past.</summary>
    /// <param name="chunk">The chunk that the caller holds; replaced by the record's.</param>
    public PeekResult Peek(ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        (index, end) = (0, default);
        while (Head() is { } feed)
        {
            var result = PeekAt(feed, ref chunk, out index, out end);
            if (result != PeekResult.Nothing) return result;
        }
        decoding.Starve();
        return PeekResult.Nothing;
    }

    /// <summary>As <see cref="Peek(ref DecodedChunk?, out int, out TopicPartitionOffset)"/>, of one partition, whoever else has something.</summary>
    public PeekResult Peek(PartitionFeed feed, ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        (index, end) = (0, default);
        while (HasDecoded(feed))
        {
            var result = PeekAt(feed, ref chunk, out index, out end);
            if (result != PeekResult.Nothing) return result;
        }
        decoding.Start(feed);
        decoding.Starve();
        return PeekResult.Nothing;
    }

    PeekResult PeekAt(PartitionFeed feed, ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        (index, end) = (0, default);
        var head = feed.Decoded.Peek();
        if (head.Left == 0)
        {
            if (!Finish(feed, head)) return PeekResult.Nothing;
            end = new TopicPartitionOffset(feed.Position.Partition, feed.Position.DeliveredOffset);
            return PeekResult.End;
        }
        if (head != chunk)
        {
            chunk?.Release();
            head.Hold();
            chunk = head;
        }
        index = head.Taken;
        return PeekResult.Record;
    }

    /// <summary>Whether a peek would find this record.</summary>
    public bool IsNext(DecodedChunk chunk, int index) =>
        index < chunk.Count && chunk.Taken == index && _ready.TryPeek(out var feed) && feed == chunk.Feed && feed.Decoded.TryPeek(out var head) && head == chunk;

    /// <summary>Moves past a record that was peeked at.</summary>
    /// <returns>False when it is not wanted any more.</returns>
    public bool TryAdvance(DecodedChunk chunk, int index)
    {
        var feed = chunk.Feed;
        if (!IsServed(feed) || chunk.Epoch != feed.Position.FetchEpoch || chunk.Taken != index) return false;
        chunk.Taken++;
        HandOut(feed, chunk, index, 1);
        if (chunk.Left == 0 && chunk.Ending.Kind == EndingKind.None) Finish(feed, chunk);
        return true;
    }

    /// <summary>The partition at the head of the line; its first chunk is current.</summary>
    PartitionFeed? Head()
    {
        while (_ready.TryPeek(out var feed))
        {
            if (HasDecoded(feed)) return feed;
            feed.IsReady = false;
            _ready.Dequeue();
            decoding.Start(feed);
        }
        return null;
    }

    bool IsServed(PartitionFeed feed) => feed.IsServed && !state.IsEnding;

    /// <summary>Whether the first chunk of the partition is current, and may be handed out.</summary>
    bool HasDecoded(PartitionFeed feed)
    {
        while (feed.Decoded.TryPeek(out var chunk) && chunk.Epoch != feed.Position.FetchEpoch) Drop(feed, feed.Decoded.Dequeue());
        return IsServed(feed) && feed.Decoded.Count > 0;
    }

    /// <summary>A chunk is handed out whole: the next partition has its turn.</summary>
    /// <returns>True when the application is to be told that the end of the partition is reached.</returns>
    bool Finish(PartitionFeed feed, DecodedChunk chunk)
    {
        var ending = chunk.Ending;
        feed.Decoded.Dequeue();
        feed.Position.MoveOver(chunk.NextOffset);
        Drop(feed, chunk);
        if (_ready.TryPeek(out var head) && head == feed)
        {
            _ready.Dequeue();
            feed.IsReady = false;
            MarkReady(feed);
        }
        if (ending.Kind > EndingKind.AtEnd)
        {
            EndingRule.Reach(state, feed, ending);
            Discard(feed);
        }
        decoding.Start(feed);
        return ending.Kind == EndingKind.AtEnd;
    }

    public void MarkReady(PartitionFeed feed)
    {
        if (feed.IsReady || !feed.IsServed || feed.Decoded.Count == 0) return;
        feed.IsReady = true;
        _ready.Enqueue(feed);
        decoding.Feed();
    }

    /// <summary>Throws away everything of a partition that was fetched and not handed out.</summary>
    public void Discard(PartitionFeed feed)
    {
        while (feed.TakeNext() is { } fetched) Drop(feed, fetched);
        while (feed.Decoded.TryDequeue(out var decoded)) Drop(feed, decoded);
    }

    void Drop(PartitionFeed feed, FetchedChunk chunk)
    {
        Lower(feed, chunk.Records.Length);
        chunk.Frame?.Release();
    }

    void Drop(PartitionFeed feed, DecodedChunk chunk)
    {
        Lower(feed, chunk.FetchedBytes);
        chunk.Release();
    }

    void Lower(PartitionFeed feed, int bytes)
    {
        var wasFull = feed.BufferedBytes >= BufferedPerPartition;
        feed.BufferedBytes -= bytes;
        if (wasFull && feed.BufferedBytes < BufferedPerPartition) state.WakeFetchers(feed);
    }

    /// <summary>The partition is not read any more.</summary>
    public void Forget(PartitionFeed feed)
    {
        Discard(feed);
        if (feed.IsInHand) _handedOut.Remove(feed);
        feed.IsInHand = false;
    }

    /// <summary>Takes in what a decoder has made, and what it left, if it is still wanted.</summary>
    public void Enqueue(DecodedChunk chunk, FetchedChunk? rest)
    {
        var feed = chunk.Feed;
        if (feed.IsUnassigned || chunk.Epoch != feed.Position.FetchEpoch)
        {
            Drop(feed, chunk);
            if (rest is not null) Drop(feed, rest);
            return;
        }
        feed.Rest = rest;
        feed.Decoded.Enqueue(chunk);
        // A chunk without anything to hand out moves the position at once, when nothing is before it.
        while (feed.Decoded.TryPeek(out var head) && head.Left == 0 && head.Ending.Kind == EndingKind.None) Finish(feed, head);
        MarkReady(feed);
    }
}
