using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Partition;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Handlers.Produce;

/// <summary>
/// The batches of one Produce request that no open transaction takes as it is: each partition gives a guard, or says that it knows the batch already; the coordinator is asked
/// once for all of them; then they are appended with their guards, which the partition checks in its turn (KIP-890). Whoever dispatches the request waits for this, so the batches keep
/// their place among those of the connection.
/// </summary>
internal sealed class TransactionalWrites(ITransactionGate gate, TransactionalId transactionalId, ProduceAnswer answer, TimeProvider time) : IReplySink<PartitionReply>
{
    readonly List<Write> _writes = [];
    readonly TaskCompletionSource _allBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    PartitionReply[] _begun = [];
    int _missing, _dispatched;

    /// <param name="Row">Of the answer.</param>
    /// <param name="Generation">Of what the partition admits, before the verification began.</param>
    readonly record struct Write(int Row, UserPartition Partition, RecordBatchHeader Header, Memory<byte> Batch, long Generation);

    bool Adds => answer.Version >= AdmissionErrors.FirstThatAdds;

    public void Add(int row, UserPartition partition, in RecordBatchHeader header, Memory<byte> batch) =>
        _writes.Add(new(row, partition, header, batch, partition.Admitted.Generation));

    /// <summary>Puts the batches into their mailboxes, or answers their rows.</summary>
    public async ValueTask DispatchAsync(ProducerIdRange givenOut)
    {
        await BeginAsync();
        var refusals = await AskAsync();
        for (var index = 0; index < _writes.Count; index++)
        {
            var write = _writes[index];
            _dispatched = index + 1;
            if (refusals[index] is not ErrorCode.None and var refusal) answer.Refuse(write.Row, AdmissionErrors.Of(refusal, answer.Version), AdmissionErrors.Sentence(refusal));
            else if (IsAnswered(_begun[index])) answer.AnswerAsOne(write.Row, _begun[index]);
            else
            {
                var guard = _begun[index].Guard;
                answer.Expect();
                if (guard > 0) write.Partition.Admitted.Admit(write.Header.ProducerId, write.Header.ProducerEpoch, guard, write.Generation);
                await write.Partition.Sequencer.EnqueueAsync(PartitionCommand.AppendTransactional(write.Header, write.Batch, givenOut, guard, Adds), answer, write.Row);
            }
        }
    }

    /// <summary>After a failure: every row that nobody will answer is told that it may come again.</summary>
    public void RefuseWhatIsLeft()
    {
        foreach (var write in _writes[_dispatched..]) answer.Refuse(write.Row, ErrorCode.NotEnoughReplicas, "the transaction's coordinator could not be asked");
    }

    static bool IsAnswered(in PartitionReply begun) => begun.Error != ErrorCode.None || begun.Decision == SequenceDecision.Duplicate;

    async ValueTask BeginAsync()
    {
        (_begun, _missing) = (new PartitionReply[_writes.Count], _writes.Count);
        for (var index = 0; index < _writes.Count; index++)
            await _writes[index].Partition.Sequencer.EnqueueAsync(PartitionCommand.BeginVerification(_writes[index].Header, Adds), this, index);
        await _allBegun.Task;
    }

    void IReplySink<PartitionReply>.Answer(int index, in PartitionReply reply)
    {
        _begun[index] = reply;
        if (Interlocked.Decrement(ref _missing) == 0) _allBegun.SetResult();
    }

    /// <summary>What the coordinator says to each; nothing for those that do not need it.</summary>
    async ValueTask<ErrorCode[]> AskAsync()
    {
        var refusals = new ErrorCode[_writes.Count];
        var asked = Enumerable.Range(0, _writes.Count).Where(index => !IsAnswered(_begun[index]) && _begun[index].Guard > 0);
        // An honest request has one producer.
        foreach (var ofProducer in asked.GroupBy(index => (_writes[index].Header.ProducerId, _writes[index].Header.ProducerEpoch)))
        {
            int[] indexes = [.. ofProducer];
            Participant[] participants = [.. indexes.Select(index => _writes[index].Partition.Participant)];
            var codes = await gate.AdmitPatientlyAsync(transactionalId, ofProducer.Key.ProducerId, ofProducer.Key.ProducerEpoch, participants, Adds, answer.ConnectionOrdinal, time);
            for (var place = 0; place < indexes.Length; place++) refusals[indexes[place]] = codes[place];
        }
        return refusals;
    }
}
