using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.BrokerBench.Transactions;

/// <summary>A producer of one transactional id by the protocol of KIP-890, as bare as it gets: the same against every broker. Used by one thread at a time.</summary>
sealed class RawTransactionalProducer : RawConnection
{
    const short InitProducerIdVersion = 5, ProduceVersion = 12, EndTxnVersion = 5, TxnOffsetCommitVersion = 5;

    readonly TransactionalId _id;
    readonly string _topic;
    readonly RecordBatchBuilder _batch = new(64 * 1024);
    readonly int[] _sequences;

    public RawTransactionalProducer(int port, string transactionalId, string topic, int partitions, int timeoutMs = 60_000) : base(port)
    {
        (_id, _topic, _sequences) = (new TransactionalId(transactionalId), topic, new int[partitions]);
        FindCoordinator(keyType: 1, transactionalId);
        var answer = UntilAnswered(() => Ask(new InitProducerIdRequest { TransactionalId = _id, TransactionTimeoutMs = timeoutMs }, InitProducerIdVersion), answer => answer.ErrorCode);
        if (answer.ErrorCode != ErrorCode.None) throw new RefusedException("InitProducerId", answer.ErrorCode);
        (ProducerId, Epoch) = (answer.ProducerId, answer.ProducerEpoch);
    }

    public ProducerId ProducerId { get; private set; }
    public ProducerEpoch Epoch { get; private set; }

    /// <summary>One record with this value to each of the partitions, in one request.</summary>
    /// <returns>The offset of each partition's record.</returns>
    public long[] Send(ReadOnlySpan<byte> value)
    {
        var batches = new byte[_sequences.Length][];
        for (var partition = 0; partition < batches.Length; partition++)
        {
            _batch.Reset();
            _batch.TryAppend(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), default, true, value, false);
            _batch.Close(CompressionCodec.None);
            _batch.Stamp(ProducerId, Epoch, _sequences[partition], transactional: true);
            batches[partition] = _batch.Bytes.ToArray();
        }
        var offsets = new long[batches.Length];
        Array.Fill(offsets, -1);
        UntilAnswered(() => Ask(Produce(batches, offsets), ProduceVersion), answer => Taken(answer, offsets));
        for (var partition = 0; partition < batches.Length; partition++) _sequences[partition]++;
        return offsets;
    }

    // What was taken is not sent again when another partition's batch has to be.
    ProduceRequest Produce(byte[][] batches, long[] offsets)
    {
        var request = new ProduceRequest { Acks = Acks.All, TimeoutMs = 30_000, TransactionalId = _id };
        request.TopicData.Add(new() { Name = _topic });
        for (var partition = 0; partition < batches.Length; partition++)
            if (offsets[partition] < 0) request.TopicData[0].PartitionData.Add(new() { Index = partition, Records = batches[partition] });
        return request;
    }

    static ErrorCode Taken(ProduceResponse answer, long[] offsets)
    {
        var error = ErrorCode.None;
        foreach (var row in answer.Responses[0].PartitionResponses)
        {
            if (row.ErrorCode == ErrorCode.None) offsets[row.Index] = row.BaseOffset;
            else if (error == ErrorCode.None || !IsPassing(row.ErrorCode)) error = row.ErrorCode;
        }
        if (error != ErrorCode.None && !IsPassing(error)) throw new RefusedException("Produce", error);
        return error;
    }

    /// <summary>Commits an offset of partition 0 of the topic for a group, within the transaction.</summary>
    public void SendOffset(string group, long offset)
    {
        var request = new TxnOffsetCommitRequest { TransactionalId = _id, GroupId = new GroupId(group), ProducerId = ProducerId, ProducerEpoch = Epoch };
        request.Topics.Add(new() { Name = _topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset }] });
        var answer = UntilAnswered(() => Ask(request, TxnOffsetCommitVersion), answer => answer.Topics[0].Partitions[0].ErrorCode);
        if (answer.Topics[0].Partitions[0].ErrorCode is not ErrorCode.None and var error) throw new RefusedException("TxnOffsetCommit", error);
    }

    /// <summary>Ends the transaction; the next one begins with the epoch that the answer gives.</summary>
    public void End(bool commit)
    {
        var request = new EndTxnRequest { TransactionalId = _id, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commit };
        var answer = UntilAnswered(() => Ask(request, EndTxnVersion), answer => answer.ErrorCode);
        if (answer.ErrorCode != ErrorCode.None) throw new RefusedException("EndTxn", answer.ErrorCode);
        (ProducerId, Epoch) = (answer.ProducerId, answer.ProducerEpoch);
        Array.Clear(_sequences);
    }

    static TResponse UntilAnswered<TResponse>(Func<TResponse> ask, Func<TResponse, ErrorCode> errorOf)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ; Thread.Sleep(1))
        {
            var answer = ask();
            if (!IsPassing(errorOf(answer)) || clock.Elapsed > TimeSpan.FromSeconds(60)) return answer;
        }
    }

    static bool IsPassing(ErrorCode error) => error is ErrorCode.ConcurrentTransactions or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator
        or ErrorCode.NotEnoughReplicas or ErrorCode.UnknownTopicOrPartition or ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable;
}

/// <summary>The broker refused what it was asked.</summary>
sealed class RefusedException(string request, ErrorCode error) : Exception($"{request} was refused with {error}")
{
    public ErrorCode Error => error;
}
