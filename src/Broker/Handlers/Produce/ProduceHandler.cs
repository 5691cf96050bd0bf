using System.Runtime.InteropServices;
using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Broker.Handlers.Produce;

/// <summary>
/// Behaviour: checks each partition's batch on the connection's thread, puts it into the partition's mailbox, and answers when the last partition has:
/// a batch is acknowledged when it is durable, whatever the acks, or when it is recognised as one that is. Each partition is by itself: one that is
/// refused does not hinder the others. A partition given twice is INVALID_REQUEST for both, as nobody could say which was meant. With acks=0 there is
/// no answer; if anything was refused the connection is closed, the only sign there is. Requests are dispatched in the order in which they came.
/// Versions: 3 to 13; 0 to 2 are advertised as well, because librdkafka takes support for some codecs from that, but not answered (KAFKA-18659).
/// 8: error messages and the records to blame (KIP-467). 10: the leader in the answer when it is another (KIP-951), which it never is. 13: topic ids.
/// A transactional batch is appended at once when its transaction is open on the partition; else the transaction's coordinator is asked first, up to version 11 whether it
/// has the partition, from 12 on to add it, and the next request of the connection waits meanwhile. One without a transactional id refuses the whole request.
/// </summary>
/// <param name="gate">To the coordinators of transactions; null where there are none, and transactional batches are refused.</param>
internal sealed class ProduceHandler(TopicRegistry topics, ProducerIdSource producerIds, ITransactionGate? gate, ProduceJournal journal, TimeProvider time) : IHandler
{
    const short TopicIds = 13;

    public ApiKey ApiKey => ProduceRequest.ApiKey;
    public VersionRange Versions => ProduceRequest.Versions;
    public VersionRange AdvertisedVersions => new(0, Versions.Highest);
    public bool IsPipelined => true;

    public ValueTask HandleAsync(Exchange exchange)
    {
        var request = exchange.ReadBody<ProduceRequest>();
        var answer = new ProduceAnswer(exchange, request, journal);
        var refusal = RefusalOfAll(request);
        if (refusal is null)
        {
            FindPartitions(request, answer);
            return DispatchAsync(answer, request.TransactionalId);
        }
        answer.RefuseAll(refusal.Value.Error, refusal.Value.Message);
        return default;
    }

    (ErrorCode Error, string Message)? RefusalOfAll(ProduceRequest request)
    {
        if (request.Acks is not (Acks.All or Acks.None or Acks.Leader)) return (ErrorCode.InvalidRequiredAcks, $"acks must be -1, 0 or 1, not {(short)request.Acks}");
        if (gate is not null && request.TransactionalId is { Value.Length: > 0 }) return null;
        if (!HasTransactionalBatch(request)) return null;
        return request.TransactionalId is { Value: "" }
            ? (ErrorCode.InvalidRequest, "a transactional id cannot be empty")
            : (ErrorCode.TransactionalIdAuthorizationFailed, request.TransactionalId is null
                ? "a transactional batch in a request without a transactional id" : "this broker has no transactions; send without a transactional id");
    }

    static bool HasTransactionalBatch(ProduceRequest request)
    {
        foreach (var topic in request.TopicData)
            foreach (var partition in topic.PartitionData)
                if (partition.Records is { } records && RecordBatchHeader.TryRead(records.Span, out var header) && header.Magic == 2 && header.Attributes.IsTransactional) return true;
        return false;
    }

    void FindPartitions(ProduceRequest request, ProduceAnswer answer)
    {
        var index = 0;
        foreach (var asked in request.TopicData)
        {
            Topic? topic;
            var byId = answer.Version >= TopicIds;
            if (byId) topics.TryFind(asked.TopicId, out topic); else topics.TryFind(asked.Name, out topic);
            foreach (var partition in asked.PartitionData)
            {
                var found = topic?.Find(partition.Index);
                if (found is null) answer.Refuse(index, topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition, null);
                else if (found is not UserPartition) answer.Refuse(index, ErrorCode.InvalidTopicException, $"'{topic!.Name}' is a topic of the broker's own: nobody else writes to it");
                answer.SetPartition(index++, found as UserPartition);
            }
        }
        answer.RefuseRepeated();
    }

    // Never throws: once a batch is in a mailbox, its answer alone may end the exchange.
    async ValueTask DispatchAsync(ProduceAnswer answer, TransactionalId? transactionalId)
    {
        var now = new Instant(time.GetUtcNow().ToUnixTimeMilliseconds());
        var givenOut = producerIds.GivenOut;
        var held = answer.HeldTurns;
        TransactionalWrites? writes = null;
        for (var index = 0; index < answer.Count; index++)
        {
            if (answer.PartitionToAppend(index) is not { } partition || Check(answer, index, partition, now, out var recompressed) is not { } verdict) continue;
            // The batch is stamped where it lies: in the frame, which is this request's own, or in what it was compressed anew into.
            var batch = recompressed?.WrittenMemory ?? MemoryMarshal.AsMemory(answer.Records(index)!.Value)[..verdict.Length];
            var guard = 0L;
            if (!verdict.MayBeThere && verdict.Header.Attributes.IsTransactional && !IsAdmitted(partition, verdict.Header, out guard))
            {
                (writes ??= new(gate!, transactionalId!.Value, answer, time)).Add(index, partition, verdict.Header, batch);
                continue;
            }
            answer.Expect();
            var command = verdict.MayBeThere ? PartitionCommand.Find(verdict.Header, verdict.Error, givenOut)
                : PartitionCommand.AppendTransactional(verdict.Header, batch, givenOut, guard, answer.Version >= AdmissionErrors.FirstThatAdds);
            var enqueued = partition.Sequencer.EnqueueAsync(command, answer, index, held);
            if (enqueued.IsCompletedSuccessfully) continue;
            // The session lets go of what it holds while this waits.
            held = null;
            await enqueued;
        }
        if (writes is not null) await DispatchAsync(writes, givenOut);
        answer.Dispatched();
    }

    /// <param name="guard">What the transaction was admitted with, when its first batch is still under way; else 0.</param>
    static bool IsAdmitted(UserPartition partition, in RecordBatchHeader batch, out long guard)
    {
        guard = 0;
        if (partition.Sequencer.View?.OpenTransactions.IsOpen(batch.ProducerId, batch.ProducerEpoch) ?? false) return true;
        guard = partition.Admitted.GuardOf(batch.ProducerId, batch.ProducerEpoch);
        return guard > 0;
    }

    async ValueTask DispatchAsync(TransactionalWrites writes, ProducerIdRange givenOut)
    {
        try
        {
            await writes.DispatchAsync(givenOut);
        }
        catch (Exception exception)
        {
            journal.AdmissionFailed(exception);
            writes.RefuseWhatIsLeft();
        }
    }

    EnvelopeVerdict? Check(ProduceAnswer answer, int index, UserPartition partition, Instant now, out PooledBytes? recompressed)
    {
        var records = answer.Records(index);
        recompressed = null;
        try
        {
            var verdict = BatchEnvelope.Check(records.GetValueOrDefault().Span, records is null, partition.Limits, now, answer.Version);
            if (verdict.Error == ErrorCode.None && Recompression.IsNeeded(verdict.Header, partition.Limits))
            {
                verdict = Recompression.Recompress(records!.Value.Span[..verdict.Length], verdict.Header, partition.Limits, out recompressed);
                if (recompressed is not null) answer.Keep(recompressed);
            }
            if (verdict.Error == ErrorCode.None) return verdict;
            if (verdict.MayBeThere)
            {
                answer.RefuseUnlessThere(index, verdict.Error, verdict.Message, verdict.RecordErrors);
                return verdict;
            }
            answer.Refuse(index, verdict.Error, verdict.Message, verdict.RecordErrors);
        }
        catch (Exception exception)
        {
            journal.CheckFailed(partition, exception);
            answer.Refuse(index, ErrorCode.UnknownServerError, "the batch could not be checked");
        }
        return null;
    }
}
