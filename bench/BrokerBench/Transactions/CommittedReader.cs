using Semel.Client.Consuming;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.BrokerBench.Transactions;

/// <summary>Reads one partition as far as it is decided, and gives what was committed. Used by one thread at a time.</summary>
sealed class CommittedReader(int port, string topic, int partition, long from = 0) : RawConnection(port)
{
    const short FetchVersion = 11, ListOffsetsVersion = 6;

    /// <summary>The next offset that is asked for.</summary>
    public long Position { get; private set; } = from;

    /// <summary>Of the last answer.</summary>
    public long LastStableOffset { get; private set; } = -1;

    /// <summary>One fetch: each committed record's offset and value.</summary>
    /// <param name="waitMs">How long the broker may wait for something to come.</param>
    public void Fetch(int waitMs, Action<long, ReadOnlySpan<byte>> found)
    {
        var request = new FetchRequest { MaxWaitMs = waitMs, MinBytes = 1, MaxBytes = 8 << 20, IsolationLevel = IsolationLevel.ReadCommitted };
        request.Topics.Add(new() { Topic = topic, Partitions = [new() { Partition = partition, FetchOffset = Position, PartitionMaxBytes = 8 << 20 }] });
        var answer = Ask(request, FetchVersion);
        if (answer.ErrorCode != ErrorCode.None) throw new RefusedException("Fetch", answer.ErrorCode);
        var row = answer.Responses[0].Partitions[0];
        if (row.ErrorCode != ErrorCode.None) throw new RefusedException("Fetch", row.ErrorCode);
        LastStableOffset = row.LastStableOffset;
        Filter(row, found);
    }

    void Filter(FetchResponse.PartitionData row, Action<long, ReadOnlySpan<byte>> found)
    {
        var filter = new ReadCommittedFilter((row.AbortedTransactions ?? []).Select(static one => new AbortedTransaction(one.ProducerId, one.FirstOffset)));
        foreach (var batch in RecordBatches.Split(row.Records ?? default))
        {
            if (filter.Judge(batch.Header, batch.Bytes.Span) == BatchVerdict.Deliver) Give(batch, found);
            Position = batch.Header.NextOffset;
        }
    }

    void Give(BatchSlice batch, Action<long, ReadOnlySpan<byte>> found)
    {
        using var records = new RecordBatchReader(batch.Bytes.Span);
        while (records.MoveNext())
            if (records.Offset >= Position) found(records.Offset, records.Value);
    }

    /// <summary>The end of what is decided: what a reader of committed records takes as the end.</summary>
    public long End()
    {
        var request = new ListOffsetsRequest { ReplicaId = new NodeId(-1), IsolationLevel = IsolationLevel.ReadCommitted };
        request.Topics.Add(new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Timestamp = -1 }] });
        var row = Ask(request, ListOffsetsVersion).Topics[0].Partitions[0];
        return row.ErrorCode == ErrorCode.None ? row.Offset : throw new RefusedException("ListOffsets", row.ErrorCode);
    }

    /// <summary>Reads to the end that stands when it is called.</summary>
    public void ReadToEnd(Action<long, ReadOnlySpan<byte>> found)
    {
        for (var end = End(); Position < end;) Fetch(500, found);
    }
}
