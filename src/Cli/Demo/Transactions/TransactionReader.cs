using Semel.Client.Consuming;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Cli.Demo.Transactions;

/// <summary>Reads the demonstration's partitions at one isolation level, by bare requests, and leaves out what was aborted as the client does.</summary>
internal sealed class TransactionReader(int port, IsolationLevel isolation)
{
    const short FetchVersion = 11, OffsetFetchVersion = 7;

    /// <summary>The numbers of the transactions whose records this reader gets from a partition, from the beginning, in order.</summary>
    public async Task<List<int>> ReadAsync(int partition, CancellationToken stop)
    {
        var found = new List<int>();
        await using var link = await WireLink.OpenAsync(port, stop).ConfigureAwait(false);
        for (long position = 0, before = -1; position != before;)
        {
            before = position;
            var request = new FetchRequest { MaxWaitMs = 0, MinBytes = 0, MaxBytes = 8 << 20, IsolationLevel = isolation };
            request.Topics.Add(new() { Topic = TransactionRun.Topic, Partitions = [new() { Partition = partition, FetchOffset = position, PartitionMaxBytes = 8 << 20 }] });
            var row = (await link.AskAsync<FetchRequest, FetchResponse>(request, FetchVersion, stop).ConfigureAwait(false)).Responses[0].Partitions[0];
            if (row.ErrorCode != ErrorCode.None) throw new IOException($"the broker refused to read partition {partition} with {row.ErrorCode}");
            position = Filter(row, position, found);
        }
        return found;
    }

    static long Filter(FetchResponse.PartitionData row, long position, List<int> found)
    {
        var filter = new ReadCommittedFilter((row.AbortedTransactions ?? []).Select(static one => new AbortedTransaction(one.ProducerId, one.FirstOffset)));
        foreach (var batch in RecordBatches.Split(row.Records ?? default))
        {
            if (filter.Judge(batch.Header, batch.Bytes.Span) == BatchVerdict.Deliver) AddAll(batch, found);
            position = batch.Header.NextOffset;
        }
        return position;
    }

    static void AddAll(BatchSlice batch, List<int> found)
    {
        using var records = new RecordBatchReader(batch.Bytes.Span);
        while (records.MoveNext()) found.Add(BitConverter.ToInt32(records.Value));
    }

    /// <summary>The number of the transaction that moved the group's position last; -1 when none has.</summary>
    public static async Task<long> CommittedOffsetAsync(int port, CancellationToken stop)
    {
        await using var link = await WireLink.OpenAsync(port, stop).ConfigureAwait(false);
        var request = new OffsetFetchRequest { GroupId = new(TransactionRun.Group), Topics = [new() { Name = TransactionRun.Topic, PartitionIndexes = [0] }] };
        var answer = await link.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, OffsetFetchVersion, stop).ConfigureAwait(false);
        return answer.Topics[0].Partitions[0].CommittedOffset;
    }
}
