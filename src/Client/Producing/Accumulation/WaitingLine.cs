namespace Semel.Client.Producing.Accumulation;

/// <summary>The records that wait, in the order in which they came, and what of them a flush has to know. Not thread safe: the room guards it.</summary>
internal sealed class WaitingLine(CompletionPump pump)
{
    readonly LinkedList<WaitingRecord> _records = new();
    // Records of Produce that failed here and that no flush has counted yet.
    FlushTally _refused;

    public int Count => _records.Count;
    public LinkedListNode<WaitingRecord>? First => _records.First;
    public IEnumerable<WaitingRecord> Records => _records;

    public LinkedListNode<WaitingRecord> Add(WaitingRecord record)
    {
        record.Topic.AddWaiting(1);
        return _records.AddLast(record);
    }

    public void Remove(LinkedListNode<WaitingRecord> node)
    {
        _records.Remove(node);
        node.Value.Topic.AddWaiting(-1);
    }

    /// <summary>
    /// Takes a record out that was not accepted, and lets its handler know. One that nobody awaits is counted in the same step, so that a flush that begins
    /// finds it here or there.
    /// </summary>
    /// <returns>What its call is told.</returns>
    public Exception Refuse(LinkedListNode<WaitingRecord> node, Exception failure)
    {
        Remove(node);
        if (node.Value.Callback is not { } callback) return failure;
        var refusal = failure as ProduceException ?? Refusals.NoPartition(node.Value.Name, failure);
        // Before it is counted: whoever sees the count finds the handler on its way.
        if (callback.HasHandler) pump.PostHandler(() => callback.Fail(refusal));
        var tally = new FlushTally(0, 1, refusal);
        if (!callback.IsFlushed) _refused = _refused.Plus(tally);
        node.Value.IsFailureWatched = callback.NoteFlushes(tally) || callback.HasHandler;
        return refusal;
    }

    /// <summary>Tells a new flush the records of Produce that wait, and those that failed here since the last one.</summary>
    public void Flush(FlushWait flush)
    {
        flush.AddEnded(_refused);
        _refused = default;
        foreach (var record in _records) record.Callback?.AddFlush(flush);
    }
}
