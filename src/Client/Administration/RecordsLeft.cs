using Semel.Codecs;
using Semel.Client.Connections;
using Semel.Client.Consuming;
using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Client.Administration;

/// <summary>How many records a reader still has to read in a partition.</summary>
/// <param name="IsExact">False when there are more than were counted.</param>
internal readonly record struct RecordCount(long Records, bool IsExact);

/// <summary>
/// Counts what a reader gets between an offset and the end (with read_committed the last stable offset): neither markers nor records of aborted transactions, which offsets
/// count. The protocol has no question for it, so the batches are fetched and their headers read. Thread safe.
/// </summary>
/// <param name="isolation">Whether records of undecided and aborted transactions are read.</param>
internal sealed class RecordsLeft(AdminCalls calls, IsolationLevel isolation = IsolationLevel.ReadCommitted)
{
    /// <summary>From version 13 on topics go by id.</summary>
    const short LastVersionByName = 12;

    const int BytesAtOnce = 4 << 20;

    /// <param name="from">The next offset to be read. Below the log's start it counts from there.</param>
    /// <param name="most">Bytes to fetch at most, about; then what was counted is told as not exact.</param>
    /// <exception cref="KafkaException">The leader cannot be reached, or refuses.</exception>
    public async Task<RecordCount> CountAsync(TopicPartition partition, long from, long most, CancellationToken cancellation)
    {
        var count = 0L;
        for (var fetched = 0L; ;)
        {
            if (fetched >= most) return new RecordCount(count, IsExact: await IsAtEndAsync(partition, from, cancellation).ConfigureAwait(false));
            var answers = await calls.Leaders.AskAsync<(TopicPartition Partition, long From), Chunk>([(partition, from)], static item => item.Partition, FetchAsync, calls.ApiTimeout, cancellation).ConfigureAwait(false);
            if (answers[0].Error == ErrorCode.OffsetOutOfRange && answers[0].Value.LogStart > from)
            {
                from = answers[0].Value.LogStart;
                continue;
            }
            if (!answers[0].IsSuccess)
                throw new KafkaException(new Error(answers[0].Error, $"{partition}: its records cannot be counted: {answers[0].Reason ?? answers[0].Error.ToString()}"), ErrorTable.Of(answers[0].Error).Class);
            var chunk = answers[0].Value;
            count += chunk.Records;
            fetched += chunk.Bytes;
            if (chunk.Next <= from) return new RecordCount(count, IsExact: true);
            from = chunk.Next;
        }
    }

    async Task<bool> IsAtEndAsync(TopicPartition partition, long from, CancellationToken cancellation)
    {
        var ends = await calls.Leaders.AskAsync<(TopicPartition Partition, long From), Chunk>([(partition, from)], static item => item.Partition, FetchAsync, calls.ApiTimeout, cancellation).ConfigureAwait(false);
        return ends[0].IsSuccess && ends[0].Value.Next <= from;
    }

    /// <param name="Next">Behind the last batch; the offset that was asked for when nothing came.</param>
    readonly record struct Chunk(long Records, long Bytes, long Next, long LogStart);

    async Task<IReadOnlyList<LeaderAnswer<Chunk>>> FetchAsync(BrokerConnection leader, IReadOnlyList<((TopicPartition Partition, long From) Item, int LeaderEpoch)> items, BoundedCall call)
    {
        var ((partition, from), leaderEpoch) = items[0];
        if (leader.BestVersion<FetchRequest, FetchResponse>(LastVersionByName) is not { } version) return [new LeaderAnswer<Chunk>(ErrorCode.UnsupportedVersion, default, $"the broker at {leader.Address} offers no version of Fetch that this client knows")];
        var request = new FetchRequest
        {
            MaxBytes = BytesAtOnce,
            IsolationLevel = isolation,
            Topics = [new() { Topic = partition.Topic, Partitions = [new() { Partition = partition.Partition, CurrentLeaderEpoch = leaderEpoch, FetchOffset = from, PartitionMaxBytes = BytesAtOnce }] }],
        };
        var response = await leader.SendAsync<FetchRequest, FetchResponse>(request, version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
        if (response.ErrorCode != ErrorCode.None) return [new LeaderAnswer<Chunk>(response.ErrorCode, default)];
        if (response.Responses.SelectMany(static topic => topic.Partitions).FirstOrDefault() is not { } told) return [new LeaderAnswer<Chunk>(ErrorCode.UnknownServerError, default, "the broker said nothing about it")];
        if (told.ErrorCode != ErrorCode.None) return [new LeaderAnswer<Chunk>(told.ErrorCode, new Chunk(0, 0, from, told.LogStartOffset))];
        return [new LeaderAnswer<Chunk>(ErrorCode.None, Count(told, from))];
    }

    static Chunk Count(FetchResponse.PartitionData told, long from)
    {
        var records = told.Records ?? default;
        var filter = new ReadCommittedFilter((told.AbortedTransactions ?? []).Select(static one => new AbortedTransaction(one.ProducerId, one.FirstOffset)));
        var (count, next) = (0L, from);
        foreach (var batch in RecordBatches.Split(records))
        {
            var header = batch.Header;
            if (filter.Judge(header, batch.Bytes.Span) == BatchVerdict.Deliver) count += RecordsFrom(batch, from);
            next = Math.Max(next, header.NextOffset);
        }
        return new Chunk(count, records.Length, next, told.LogStartOffset);
    }

    /// <summary>A batch is sent whole though it begins before the offset. One from which records were removed has fewer than offsets: then they are looked at.</summary>
    static long RecordsFrom(in BatchSlice batch, long from)
    {
        var header = batch.Header;
        if (header.BaseOffset >= from) return header.RecordCount;
        if (header.LastOffset < from) return 0;
        if (header.RecordCount == header.LastOffsetDelta + 1) return header.LastOffset - from + 1;
        using var reader = new RecordBatchReader(batch.Bytes.Span, new RecordReading(CodecTable.All));
        var count = 0L;
        while (reader.MoveNext())
            if (reader.Offset >= from) count++;
        return count;
    }
}
