using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Behaviour: gives whole batches below the bound of the isolation level, the first of them holding the offset that was asked, and waits up to
/// MaxWaitMs until there are MinBytes. The first partition that has anything gives at least one batch whatever the limits say, so that every reader
/// gets on. A partition with an error is answered at once, beside what the others have: KAFKA_STORAGE_ERROR when it is offline or cannot be read now,
/// CORRUPT_MESSAGE when the offset lies in a hole of its log, which does not go away.
/// Every request is complete in itself: no fetch session is ever opened, which KIP-227 permits;
/// a request that continues one gets FETCH_SESSION_ID_NOT_FOUND, and clients go on without.
/// Versions: 4 to 18. 7: sessions. 9: leader epochs (KIP-320). 12: flexible. 13: topic ids (KIP-516). 15 to 18 change what replicas send.
/// Not done: replicas. Whoever says that it is one is served as a consumer.
/// </summary>
internal sealed class FetchHandler(TopicRegistry topics, ReadJournal journal, FetchMemory memory, int maxBytes, TimeProvider time, CancellationToken stopping)
    : Handler<FetchRequest, FetchResponse>
{
    const short TopicIds = 13;
    const int NewSession = 0, NoSession = -1;

    /// <summary>While a request waits, its connection is not read: a peer that is gone is noticed after this.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    protected override async ValueTask<FetchResponse> AnswerAsync(FetchRequest request, Exchange exchange)
    {
        if (RefusalOfAll(request) is not ErrorCode.None and var refusal) return new FetchResponse { ErrorCode = refusal };
        var rows = FindRows(request, exchange.Version);
        var wanted = Math.Max(0, Math.Min(request.MaxBytes, maxBytes));
        var deadline = Deadline(request.MaxWaitMs);
        var held = new Held(rows, memory);
        exchange.Keep(held);
        while (true)
        {
            await OpenAllAsync(rows);
            var total = held.ReadAll(request.IsolationLevel, wanted);
            if (total >= Math.Min(request.MinBytes, wanted) || rows.Count == 0 || rows.Exists(static row => row.IsRefused) || !await WaitAsync(rows, request.IsolationLevel, request.MinBytes - total, deadline))
                return Answer(request, rows);
        }
    }

    // All at once, and not for ever: one log that takes long to open must not keep the records of the others waiting.
    async ValueTask OpenAllAsync(List<FetchRow> rows)
    {
        List<Task>? openings = null;
        foreach (var row in rows)
            if (row.Open() is { } opening) (openings ??= []).Add(opening);
        if (openings is not null) await WhenAllAsync(openings).WithinAsync(Patience.Unsaid, time, late: false);
    }

    static async Task<bool> WhenAllAsync(List<Task> openings)
    {
        await Task.WhenAll(openings);
        return true;
    }

    static ErrorCode RefusalOfAll(FetchRequest request)
    {
        if (!Enum.IsDefined(request.IsolationLevel)) return ErrorCode.InvalidRequest;
        return request.SessionEpoch is NewSession or NoSession ? ErrorCode.None : ErrorCode.FetchSessionIdNotFound;
    }

    List<FetchRow> FindRows(FetchRequest request, short version)
    {
        var rows = new List<FetchRow>();
        foreach (var asked in request.Topics)
        {
            Topic? topic;
            var byId = version >= TopicIds;
            if (byId) topics.TryFind(asked.TopicId, out topic); else topics.TryFind(asked.Topic, out topic);
            foreach (var partition in asked.Partitions)
            {
                var found = topic?.Find(partition.Partition);
                var missing = found is not null ? ErrorCode.None : topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                rows.Add(new FetchRow(partition, found, missing, journal));
            }
        }
        return rows;
    }

    long Deadline(int maxWaitMs)
    {
        var wait = TimeSpan.FromMilliseconds(Math.Max(0, maxWaitMs));
        return time.GetTimestamp() + (long)((wait < LongestWait ? wait : LongestWait).TotalSeconds * time.TimestampFrequency);
    }

    // False when there is no more time: then what was read is the answer.
    async ValueTask<bool> WaitAsync(List<FetchRow> rows, IsolationLevel isolation, long missingBytes, long deadline)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
        if (left <= TimeSpan.Zero || stopping.IsCancellationRequested) return false;
        using var wait = new FetchWait(rows, isolation, missingBytes);
        // What was read is kept meanwhile: mostly it is nothing, and it is the answer when nothing more comes.
        return await wait.WaitAsync(left, time, stopping);
    }

    static FetchResponse Answer(FetchRequest request, List<FetchRow> rows)
    {
        var response = new FetchResponse();
        var index = 0;
        foreach (var asked in request.Topics)
        {
            var topic = new FetchResponse.FetchableTopicResponse { Topic = asked.Topic, TopicId = asked.TopicId, Partitions = new(asked.Partitions.Count) };
            for (var left = asked.Partitions.Count; left > 0; left--) topic.Partitions.Add(rows[index++].Response);
            response.Responses.Add(topic);
        }
        return response;
    }

    /// <summary>What the rows hold until the answer has been sent.</summary>
    sealed class Held(List<FetchRow> rows, FetchMemory memory) : IDisposable
    {
        FetchMemory.Lease? _lease;

        public long ReadAll(IsolationLevel isolation, int wanted)
        {
            _lease?.Dispose();
            _lease = memory.Take(RoomFor(wanted));
            var (given, holding) = (0L, 0L);
            foreach (var row in rows)
            {
                // A read may rent twice what it gives: buffers have round sizes.
                row.Read(isolation, (int)Math.Clamp(Math.Min(wanted - given, (_lease.Bytes - holding) / 2), 0, int.MaxValue), mayExceed: given == 0);
                given += row.Length;
                holding += row.HeldBytes;
            }
            _lease.Settle(holding);
            return given;
        }

        /// <summary>All that reading may take, so that the lease is what limits it only when memory is scarce.</summary>
        long RoomFor(int wanted)
        {
            var asked = 0L;
            foreach (var row in rows) asked += row.WantedBytes;
            return (Math.Min(wanted, asked) + (long)rows.Count * FetchRow.RowBytes) * 2;
        }

        public void Dispose()
        {
            foreach (var row in rows) row.Release();
            _lease?.Dispose();
        }
    }
}
