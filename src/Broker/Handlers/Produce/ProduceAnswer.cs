using Semel.Broker.Door;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Produce;

/// <summary>
/// The answer to one Produce request while it comes together: a row for each partition, filled by the handler or by the partition's turn. Whoever
/// brings the last missing reply sends the answer. Rows are numbered through all topics in the request's order.
/// </summary>
internal sealed class ProduceAnswer : IReplySink<PartitionReply>
{
    readonly Exchange _exchange;
    readonly ProduceRequest _request;
    readonly ProduceJournal _journal;
    readonly ProduceResponse _response = new();
    readonly Row[] _rows;

    // One for the handler itself, so that the answer does not leave before everything is dispatched.
    int _missing = 1;

    struct Row
    {
        public ProduceResponse.PartitionProduceResponse Response;
        public ReadOnlyMemory<byte>? Records;
        public UserPartition? Partition;
    }

    public ProduceAnswer(Exchange exchange, ProduceRequest request, ProduceJournal journal)
    {
        (_exchange, _request, _journal) = (exchange, request, journal);
        Version = exchange.Version;
        var count = 0;
        foreach (var topic in request.TopicData) count += topic.PartitionData.Count;
        _rows = new Row[count];
        var index = 0;
        foreach (var topic in request.TopicData)
        {
            var topicRow = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId, PartitionResponses = new(topic.PartitionData.Count) };
            foreach (var partition in topic.PartitionData)
            {
                var row = new ProduceResponse.PartitionProduceResponse { Index = partition.Index, BaseOffset = -1 };
                topicRow.PartitionResponses.Add(row);
                _rows[index++] = new Row { Response = row, Records = partition.Records };
            }
            _response.Responses.Add(topicRow);
        }
    }

    public int Count => _rows.Length;
    public short Version { get; }
    public List<IHeldTurns>? HeldTurns => _exchange.Session.HeldTurns;

    /// <summary>Disposes this when the answer has been sent: no partition uses the request's bytes then.</summary>
    public void Keep(IDisposable used) => _exchange.Keep(used);

    public long ConnectionOrdinal => _exchange.Session.Ordinal;

    public void SetPartition(int index, UserPartition? partition) => _rows[index].Partition = partition;

    /// <summary>The partition that shall get this row's batch; null when the row is answered already.</summary>
    public UserPartition? PartitionToAppend(int index) => _rows[index].Response.ErrorCode == ErrorCode.None ? _rows[index].Partition : null;

    public ReadOnlyMemory<byte>? Records(int index) => _rows[index].Records;

    public void Refuse(int index, ErrorCode error, string? message, IReadOnlyList<EnvelopeRecordError>? recordErrors = null)
    {
        RefuseUnlessThere(index, error, message, recordErrors);
        if (_rows[index].Partition is { } partition) _journal.Refused(partition, error, message);
    }

    /// <summary>As <see cref="Refuse"/>, if the reply that comes for this row says the same: it is another when the row's batch is there.</summary>
    public void RefuseUnlessThere(int index, ErrorCode error, string? message, IReadOnlyList<EnvelopeRecordError>? recordErrors)
    {
        var response = _rows[index].Response;
        (response.ErrorCode, response.ErrorMessage) = (error, message);
        foreach (var record in recordErrors ?? []) response.RecordErrors.Add(new() { BatchIndex = record.BatchIndex, BatchIndexErrorMessage = record.Message });
    }

    public void RefuseAll(ErrorCode error, string message)
    {
        for (var index = 0; index < Count; index++) Refuse(index, error, message);
        Dispatched();
    }

    /// <summary>Refuses each partition that stands in the request more than once.</summary>
    public void RefuseRepeated()
    {
        if (Count < 2) return;
        var seen = new Dictionary<UserPartition, int>(Count);
        for (var index = 0; index < Count; index++)
        {
            if (_rows[index].Partition is not { } partition || seen.TryAdd(partition, index)) continue;
            Refuse(index, ErrorCode.InvalidRequest, "the partition stands more than once in one request");
            Refuse(seen[partition], ErrorCode.InvalidRequest, "the partition stands more than once in one request");
        }
    }

    /// <summary>One more reply will come.</summary>
    public void Expect() => Interlocked.Increment(ref _missing);

    /// <summary>A reply that is there already, as if it had been expected.</summary>
    public void AnswerAsOne(int index, in PartitionReply reply)
    {
        Expect();
        Answer(index, reply);
    }

    /// <summary>Everything is in its mailbox.</summary>
    public void Dispatched() => CountDown();

    public void Answer(int index, in PartitionReply reply)
    {
        ref var row = ref _rows[index];
        var isRefused = row.Response.ErrorCode != ErrorCode.None && row.Response.ErrorCode == reply.Error;
        if (row.Response.ErrorCode != ErrorCode.None && !isRefused) TakeBackRefusal(row.Response);
        row.Response.ErrorCode = reply.Error;
        row.Response.BaseOffset = reply.BaseOffset;
        row.Response.LogAppendTimeMs = reply.LogAppendTime;
        row.Response.LogStartOffset = reply.LogStartOffset;
        try
        {
            if (isRefused) _journal.Refused(row.Partition!, reply.Error, row.Response.ErrorMessage);
            else if (reply.Message is { } message) row.Response.ErrorMessage = message;
            else if (reply.Decision is not (SequenceDecision.None or SequenceDecision.InOrder)) row.Response.ErrorMessage = _journal.Decided(row.Partition!, row.Records!.Value.Span, reply);
        }
        finally
        {
            CountDown();
        }
    }

    static void TakeBackRefusal(ProduceResponse.PartitionProduceResponse response)
    {
        response.ErrorMessage = null;
        response.RecordErrors.Clear();
    }

    void CountDown()
    {
        if (Interlocked.Decrement(ref _missing) > 0) return;
        if (_request.Acks != Acks.None) _exchange.Answer(_response);
        else if (FirstError() is { } refused) _exchange.Abandon($"a batch with acks=0 for {refused.Partition?.Name ?? "an unknown partition"} was refused with {refused.Response.ErrorCode}");
        else _exchange.AnswerNothing();
    }

    Row? FirstError()
    {
        foreach (var row in _rows)
            if (row.Response.ErrorCode != ErrorCode.None) return row;
        return null;
    }
}
