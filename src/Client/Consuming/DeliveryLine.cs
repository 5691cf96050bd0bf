using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

/// <summary>What the line tells those around it. Called under the lock that the line belongs to.</summary>
internal interface IDeliveryHost
{
    /// <summary>A chunk is handed out whole, and ends with something that has to be done.</summary>
    void Ended(PartitionFeed feed, in ChunkEnding ending);

    /// <summary>A partition that was full can be asked for more.</summary>
    void HasRoom(PartitionFeed feed);
}

/// <summary>
/// The partitions that have decoded records, in the order in which they are served: one chunk of each in turn. Here a record leaves for the application, so
/// here it is looked at for the last time: a chunk of an older fetch epoch, of a paused or of an unassigned partition is not handed out.
/// Not thread safe: belongs to the record source's lock.
/// </summary>
internal sealed class DeliveryLine(IDeliveryHost host, DecodingLine decoding)
{
    readonly Queue<PartitionFeed> _ready = new();
    readonly HashSet<PartitionFeed> _handedOut = [];

    /// <summary>A partition with this many bytes fetched and not handed out is full.</summary>
    public long BufferedPerPartition { get; set; } = long.MaxValue;

    /// <summary>The application has come back: it is done with everything it was given before.</summary>
    public void ProcessDelivered()
    {
        if (_handedOut.Count == 0) return;
        foreach (var feed in _handedOut) feed.Position.ProcessDelivered();
        _handedOut.Clear();
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
                feed.Position.Deliver(chunk[chunk.Taken - 1].Offset + 1);
                _handedOut.Add(feed);
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
            var head = feed.Decoded.Peek();
            if (head.Left > 0)
            {
                if (head != chunk)
                {
                    chunk?.Release();
                    head.Hold();
                    chunk = head;
                }
                index = head.Taken;
                return PeekResult.Record;
            }
            if (!Finish(feed, head)) continue;
            end = new TopicPartitionOffset(feed.Position.Partition, feed.Position.DeliveredOffset);
            return PeekResult.End;
        }
        decoding.Starve();
        return PeekResult.Nothing;
    }

    /// <summary>Moves past a record that was peeked at.</summary>
    /// <returns>False when it is not wanted any more.</returns>
    public bool TryAdvance(DecodedChunk chunk, int index)
    {
        var feed = chunk.Feed;
        if (feed.IsUnassigned || feed.Position.IsPaused || chunk.Epoch != feed.Position.FetchEpoch || chunk.Taken != index) return false;
        chunk.Taken++;
        feed.Position.Deliver(chunk[index].Offset + 1);
        _handedOut.Add(feed);
        if (chunk.Left == 0 && chunk.Ending.Kind == EndingKind.None) Finish(feed, chunk);
        return true;
    }

    /// <summary>The partition at the head of the line; its first chunk is current.</summary>
    PartitionFeed? Head()
    {
        while (_ready.TryPeek(out var feed))
        {
            while (feed.Decoded.TryPeek(out var chunk) && chunk.Epoch != feed.Position.FetchEpoch) Drop(feed, feed.Decoded.Dequeue());
            if (!feed.IsUnassigned && !feed.Position.IsPaused && feed.Decoded.Count > 0) return feed;
            feed.IsReady = false;
            _ready.Dequeue();
            decoding.Start(feed);
        }
        return null;
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
            host.Ended(feed, ending);
            Discard(feed);
        }
        decoding.Start(feed);
        return ending.Kind == EndingKind.AtEnd;
    }

    public void MarkReady(PartitionFeed feed)
    {
        if (feed.IsReady || feed.IsUnassigned || feed.Position.IsPaused || feed.Decoded.Count == 0) return;
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
        if (wasFull && feed.BufferedBytes < BufferedPerPartition) host.HasRoom(feed);
    }

    /// <summary>No partition stands in the line any more.</summary>
    public void Clear()
    {
        _ready.Clear();
        _handedOut.Clear();
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
