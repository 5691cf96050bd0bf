using Semel.Broker.Door;
using Semel.Broker.Handlers.Fetch.Sessions;
using Semel.Broker.Topics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Behaviour: gives whole batches below the bound of the isolation level, the first of them holding the offset that was asked, and waits up to
/// MaxWaitMs until there are MinBytes. The first partition that has anything gives at least one batch whatever the limits say, so that every reader
/// gets on. A partition with an error is answered at once, beside what the others have: KAFKA_STORAGE_ERROR when it is offline or cannot be read now,
/// CORRUPT_MESSAGE when the offset lies in a hole of its log, which does not go away.
/// With session epoch -1 a request is complete in itself; with 0 it opens a session (KIP-227) and is answered whole; above, it names what changed, and gets the rows that have news.
/// An offset beyond the end with the epoch of the last record is told where the logs part (KIP-595).
/// Versions: 4 to 18. 7: sessions. 9: leader epochs (KIP-320). 12: flexible. 13: topic ids (KIP-516). 15 to 18 change what replicas send.
/// Not done: replicas. Whoever says that it is one is served as a consumer.
/// </summary>
internal sealed class FetchHandler(TopicRegistry topics, ReadJournal journal, FetchMemory memory, FetchSessionCache sessions, int maxBytes, TimeProvider time, CancellationToken stopping)
    : Handler<FetchRequest, FetchResponse>
{
    public const short TopicIds = 13;
    const int NewSession = 0, NoSession = -1;

    /// <summary>While a request waits, its connection is not read: a peer that is gone is noticed after this.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    protected override ValueTask<FetchResponse> AnswerAsync(FetchRequest request, Exchange exchange)
    {
        if (!Enum.IsDefined(request.IsolationLevel)) return new(new FetchResponse { ErrorCode = ErrorCode.InvalidRequest });
        if (request.SessionEpoch is not (NewSession or NoSession)) return ContinueAsync(request, exchange);
        // Whoever begins anew has done with what was before.
        if (request.SessionId != 0) sessions.Close(request.SessionId);
        return request.SessionEpoch == NewSession ? OpenAsync(request, exchange) : AnswerAloneAsync(request, exchange);
    }

    async ValueTask<FetchResponse> AnswerAloneAsync(FetchRequest request, Exchange exchange)
    {
        var rows = FindRows(request, exchange.Version);
        await ReadAsync(request, rows, exchange);
        return Answer(request, rows);
    }

    async ValueTask<FetchResponse> OpenAsync(FetchRequest request, Exchange exchange)
    {
        if (sessions.TryOpen(request, exchange.Version, out var partitions) is not { } session) return await AnswerAloneAsync(request, exchange);
        var rows = FindRows(partitions);
        await ReadAsync(request, rows.ConvertAll(static row => row.Row), exchange);
        return Answer(session, session.Select(rows, isFull: true, expected: 1));
    }

    async ValueTask<FetchResponse> ContinueAsync(FetchRequest request, Exchange exchange)
    {
        if (sessions.Continue(request, exchange.Version, out var session, out var partitions, out var next) is not ErrorCode.None and var refusal) return new FetchResponse { ErrorCode = refusal };
        if (session is null) return new FetchResponse();
        var rows = FindRows(partitions);
        await ReadAsync(request, rows.ConvertAll(static row => row.Row), exchange);
        return Answer(session, session.Select(rows, isFull: false, next));
    }

    /// <summary>Reads until there is enough, somebody has an error, or the time is over.</summary>
    async ValueTask ReadAsync(FetchRequest request, List<FetchRow> rows, Exchange exchange)
    {
        var wanted = Math.Max(0, Math.Min(request.MaxBytes, maxBytes));
        var deadline = Deadline(request.MaxWaitMs);
        var held = new Held(rows, memory);
        exchange.Keep(held);
        while (true)
        {
            await OpenAllAsync(rows);
            var total = held.ReadAll(request.IsolationLevel, wanted);
            if (total >= Math.Min(request.MinBytes, wanted) || rows.Count == 0 || rows.Exists(static row => row.IsRefused || row.Diverges)
                || !await WaitAsync(rows, request.IsolationLevel, request.MinBytes - total, deadline)) return;
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

    List<(SessionPartition Partition, FetchRow Row)> FindRows(List<SessionPartition> partitions)
    {
        var rows = new List<(SessionPartition, FetchRow)>(partitions.Count);
        var (key, topic) = (default(TopicKey), (Topic?)null);
        foreach (var partition in partitions)
        {
            // Partitions of a topic mostly follow each other.
            if (partition.Topic != key)
            {
                key = partition.Topic;
                if (key.Id.IsNone) topics.TryFind(key.Name, out topic); else topics.TryFind(key.Id, out topic);
            }
            partition.WasFound |= topic is not null;
            var found = topic?.Find(partition.Asked.Partition);
            var missing = found is not null ? ErrorCode.None : !partition.WasFound && key.Name.Length == 0 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            rows.Add((partition, new FetchRow(partition.Asked, found, missing, journal)));
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

    static FetchResponse Answer(FetchSession session, List<(TopicKey Topic, FetchResponse.PartitionData Row)>? told)
    {
        if (told is null) return new FetchResponse { ErrorCode = ErrorCode.InvalidFetchSessionEpoch };
        var response = new FetchResponse { SessionId = session.Id };
        FetchResponse.FetchableTopicResponse? topic = null;
        foreach (var (key, row) in told)
        {
            if (topic is null || topic.Topic != key.Name || topic.TopicId != key.Id) response.Responses.Add(topic = new() { Topic = key.Name, TopicId = key.Id });
            topic.Partitions.Add(row);
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
