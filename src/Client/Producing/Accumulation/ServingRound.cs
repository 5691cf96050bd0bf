namespace Semel.Client.Producing.Accumulation;

/// <summary>One walk along the line, under the room's lock: whose turn it is and whose record fits goes in.</summary>
internal sealed class ServingRound(WaitingLine line, IAccumulatorPort port, Departures departures)
{
    readonly HashSet<TopicAccumulator> _unknown = [];
    readonly HashSet<PartitionAccumulator> _flushed = [];

    /// <returns>Whether memory is missing, so that nobody behind may go first.</returns>
    public bool Run()
    {
        for (var node = line.First; node is not null;)
        {
            var next = node.Next;
            if (!_unknown.Contains(node.Value.Topic) && !TryOffer(node)) return true;
            node = next;
        }
        return false;
    }

    /// <summary>Batches that took records for which a flush waits linger no longer.</summary>
    public void SealFlushed()
    {
        foreach (var partition in _flushed) partition.Seal();
    }

    /// <returns>False when memory is missing.</returns>
    bool TryOffer(LinkedListNode<WaitingRecord> node)
    {
        var record = node.Value;
        // What was kept for the copy is what the record needs now.
        if (record.Topic.Has(record.Partition)) record.ReturnReserved(port.Memory);
        var outcome = Append(record, out var delivery, out var failure);
        if (outcome == AppendOutcome.NeedsMemory) return false;
        if (outcome == AppendOutcome.NeedsMetadata) _unknown.Add(record.Topic);
        else if (failure is not null) departures.Refused(record, line.Refuse(node, failure));
        else
        {
            line.Remove(node);
            if (record.Callback is { IsFlushed: true }) _flushed.Add(record.Topic.Partitions[delivery.TopicPartition.Partition]);
            departures.Accepted(record, delivery);
        }
        return true;
    }

    AppendOutcome Append(WaitingRecord record, out Delivery delivery, out Exception? failure)
    {
        try
        {
            var outcome = record.TryAppend(out delivery);
            failure = outcome switch
            {
                AppendOutcome.TooLarge => Refusals.TooLarge(record.Name),
                AppendOutcome.Closed => Refusals.Closed(record.Name, port.ClosedBy),
                _ => null,
            };
            return outcome;
        }
        catch (Exception thrown)
        {
            // A partitioner of the application's own; the call gets what it threw.
            (delivery, failure) = (default, thrown);
            return AppendOutcome.Closed;
        }
    }
}
