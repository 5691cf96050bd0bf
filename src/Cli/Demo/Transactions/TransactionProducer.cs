using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Cli.Demo.Transactions;

/// <summary>One incarnation of a transactional id, by bare requests. Each answer's error is given as it is, but for those that every client takes as "again soon".</summary>
internal sealed class TransactionProducer : IAsyncDisposable
{
    static readonly TimeSpan AskAgainLimit = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromMilliseconds(5);
    const int TransactionTimeoutMs = 60_000;

    readonly int _port;
    readonly TransactionalId _id;
    readonly TransactionProtocol _protocol;
    readonly int[] _sequences = new int[TransactionRun.Partitions];
    WireLink _link;
    ProducerId _producerId;
    ProducerEpoch _epoch;

    TransactionProducer(int port, TransactionalId id, TransactionProtocol protocol, WireLink link) => (_port, _id, _protocol, _link) = (port, id, protocol, link);

    bool IsOld => _protocol == TransactionProtocol.Old;
    short ProduceVersion => IsOld ? (short)9 : (short)12;
    short EndVersion => IsOld ? (short)3 : (short)5;
    short OffsetsVersion => IsOld ? (short)3 : (short)5;
    const short InitProducerIdVersion = 4, AddVersion = 3;

    /// <summary>Takes the transactional id over: whoever had it before is fenced, and what it left open is aborted.</summary>
    public static async Task<TransactionProducer> StartAsync(int port, string transactionalId, TransactionProtocol protocol, CancellationToken stop)
    {
        var producer = new TransactionProducer(port, new(transactionalId), protocol, await WireLink.OpenAsync(port, stop).ConfigureAwait(false));
        var request = new InitProducerIdRequest { TransactionalId = producer._id, TransactionTimeoutMs = TransactionTimeoutMs };
        var answer = new InitProducerIdResponse();
        var error = await UntilAnsweredAsync(async () =>
            (answer = await producer._link.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, InitProducerIdVersion, stop).ConfigureAwait(false)).ErrorCode, stop).ConfigureAwait(false);
        if (error != ErrorCode.None) throw new IOException($"the broker refused the producer '{transactionalId}' with {error}");
        (producer._producerId, producer._epoch) = (answer.ProducerId, answer.ProducerEpoch);
        return producer;
    }

    /// <summary>Another connection for all that comes; the one before is left without a word.</summary>
    public async Task ReconnectAsync(CancellationToken stop)
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        _link = await WireLink.OpenAsync(_port, stop).ConfigureAwait(false);
    }

    /// <summary>Another connection for all that comes; the one before stays as it is.</summary>
    /// <returns>The one before.</returns>
    public async Task<WireLink> MoveAsync(CancellationToken stop)
    {
        var before = _link;
        _link = await WireLink.OpenAsync(_port, stop).ConfigureAwait(false);
        return before;
    }

    /// <summary>One record with the transaction's number into a partition.</summary>
    public async Task<ErrorCode> WriteAsync(int partition, int transaction, CancellationToken stop)
    {
        if (IsOld && await AddPartitionAsync(partition, stop).ConfigureAwait(false) is not ErrorCode.None and var refused) return refused;
        using var batch = new RecordBatchBuilder(1024);
        batch.TryAppend(1_700_000_000_000 + transaction, default, true, BitConverter.GetBytes(transaction), false);
        batch.Close(CompressionCodec.None);
        batch.Stamp(_producerId, _epoch, _sequences[partition], transactional: true);
        var request = new ProduceRequest { Acks = Acks.All, TimeoutMs = 30_000, TransactionalId = _id };
        request.TopicData.Add(new() { Name = TransactionRun.Topic, PartitionData = [new() { Index = partition, Records = batch.Bytes.ToArray() }] });
        var error = await UntilAnsweredAsync(async () =>
            (await _link.AskAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion, stop).ConfigureAwait(false)).Responses[0].PartitionResponses[0].ErrorCode, stop).ConfigureAwait(false);
        if (error == ErrorCode.None) _sequences[partition]++;
        return error;
    }

    Task<ErrorCode> AddPartitionAsync(int partition, CancellationToken stop)
    {
        var request = new AddPartitionsToTxnRequest { V3AndBelowTransactionalId = _id, V3AndBelowProducerId = _producerId, V3AndBelowProducerEpoch = _epoch };
        request.V3AndBelowTopics.Add(new() { Name = TransactionRun.Topic, Partitions = [partition] });
        return UntilAnsweredAsync(async () => (await _link.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, AddVersion, stop).ConfigureAwait(false))
            .ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode, stop);
    }

    /// <summary>The group's position becomes part of the transaction: the transaction's own number, so that whoever reads it knows which one it came with.</summary>
    public async Task<ErrorCode> SendOffsetAsync(int transaction, CancellationToken stop)
    {
        var group = new GroupId(TransactionRun.Group);
        if (IsOld)
        {
            var adding = new AddOffsetsToTxnRequest { TransactionalId = _id, ProducerId = _producerId, ProducerEpoch = _epoch, GroupId = group };
            var added = await UntilAnsweredAsync(async () =>
                (await _link.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(adding, AddVersion, stop).ConfigureAwait(false)).ErrorCode, stop).ConfigureAwait(false);
            if (added != ErrorCode.None) return added;
        }
        var request = new TxnOffsetCommitRequest { TransactionalId = _id, GroupId = group, ProducerId = _producerId, ProducerEpoch = _epoch };
        request.Topics.Add(new() { Name = TransactionRun.Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = transaction }] });
        return await UntilAnsweredAsync(async () => (await _link.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, OffsetsVersion, stop).ConfigureAwait(false))
            .Topics[0].Partitions[0].ErrorCode, stop).ConfigureAwait(false);
    }

    EndTxnRequest Ending(bool commit) => new() { TransactionalId = _id, ProducerId = _producerId, ProducerEpoch = _epoch, Committed = commit };

    /// <summary>Asks for the end and waits for the answer.</summary>
    public async Task<ErrorCode> EndAsync(bool commit, CancellationToken stop)
    {
        var request = Ending(commit);
        var answer = new EndTxnResponse();
        var error = await UntilAnsweredAsync(async () =>
            (answer = await _link.AskAsync<EndTxnRequest, EndTxnResponse>(request, EndVersion, stop).ConfigureAwait(false)).ErrorCode, stop).ConfigureAwait(false);
        if (error != ErrorCode.None || IsOld) return error;
        (_producerId, _epoch) = (answer.ProducerId, answer.ProducerEpoch);
        Array.Clear(_sequences);
        return error;
    }

    /// <summary>Asks for the end and does not wait.</summary>
    public Task AskForEndAsync(bool commit, CancellationToken stop) => _link.SendAsync<EndTxnRequest, EndTxnResponse>(Ending(commit), EndVersion, stop);

    /// <summary>A request for the end as it would be sent now, to be let loose on a connection of the past whenever somebody wants.</summary>
    public Func<WireLink, Task> HoldEnd(bool commit, CancellationToken stop)
    {
        var request = Ending(commit);
        return link => link.SendAsync<EndTxnRequest, EndTxnResponse>(request, EndVersion, stop);
    }

    /// <summary>What the broker says to a request for the end that was sent on this connection, or that it closed it.</summary>
    public async Task<ErrorCode?> AnswerToEndAsync(WireLink link, CancellationToken stop)
    {
        try
        {
            return (await link.ReadAsync<EndTxnRequest, EndTxnResponse>(EndVersion, stop).ConfigureAwait(false)).ErrorCode;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static async Task<ErrorCode> UntilAnsweredAsync(Func<Task<ErrorCode>> ask, CancellationToken stop)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            var error = await ask().ConfigureAwait(false);
            if (!IsPassing(error) || TimeProvider.System.GetElapsedTime(began) > AskAgainLimit) return error;
            await Task.Delay(Pause, stop).ConfigureAwait(false);
        }
    }

    static bool IsPassing(ErrorCode error) => error is ErrorCode.ConcurrentTransactions or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator
        or ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable;

    public ValueTask DisposeAsync() => _link.DisposeAsync();
}
