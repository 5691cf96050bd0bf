using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Support;

/// <summary>A producer of transactions, request by request, in the first protocol or in that of KIP-890, over a connection that can be changed.</summary>
internal sealed class TransactionalClient(FrameClient connection, string id, bool isNew)
{
    readonly Dictionary<(string, int), int> _sequences = [];

    public FrameClient Connection { get; set; } = connection;
    public TransactionalId Id { get; } = new(id);
    public ProducerId ProducerId { get; set; } = ProducerId.None;
    public ProducerEpoch Epoch { get; set; } = ProducerEpoch.None;

    public async Task<ErrorCode> InitAsync(int timeoutMs = 60_000, bool own = false, short version = 4)
    {
        var answer = await Connection.AskAsync(new InitProducerIdRequest
        {
            TransactionalId = Id,
            TransactionTimeoutMs = timeoutMs,
            ProducerId = own ? ProducerId : ProducerId.None,
            ProducerEpoch = own ? Epoch : ProducerEpoch.None,
        }, version);
        if (answer.ErrorCode == ErrorCode.None) Hold(answer.ProducerId, answer.ProducerEpoch);
        return answer.ErrorCode;
    }

    void Hold(ProducerId producerId, ProducerEpoch epoch)
    {
        if ((producerId, epoch) != (ProducerId, Epoch)) _sequences.Clear();
        (ProducerId, Epoch) = (producerId, epoch);
    }

    public AddPartitionsToTxnRequest AddRequest(string topic, params int[] partitions) => new()
    {
        V3AndBelowTransactionalId = Id,
        V3AndBelowProducerId = ProducerId,
        V3AndBelowProducerEpoch = Epoch,
        V3AndBelowTopics = [new() { Name = topic, Partitions = [.. partitions] }],
    };

    public async Task<ErrorCode> AddAsync(string topic, params int[] partitions)
    {
        var answer = await Connection.AskAsync(AddRequest(topic, partitions), 3);
        return answer.ResultsByTopicV3AndBelow[0].ResultsByPartition.Select(result => result.PartitionErrorCode).Distinct().Single();
    }

    /// <summary>Writes, and says so to the coordinator before when its protocol asks for that.</summary>
    public async Task<ErrorCode> WriteAsync(string topic, int partition, params string[] values)
    {
        if (!isNew && await AddAsync(topic, partition) is not ErrorCode.None and var refused) return refused;
        return await ProduceAsync(topic, partition, values);
    }

    public async Task<ErrorCode> ProduceAsync(string topic, int partition, params string[] values)
    {
        var sequence = _sequences.GetValueOrDefault((topic, partition));
        var batch = TestBatch.Build(ProducerId, Epoch.Value, sequence, CompressionCodec.None, transactional: true, values);
        var answer = await Connection.AskAsync(Requests.Produce(topic, partition, batch, transactionalId: Id), isNew ? (short)12 : (short)11);
        var error = answer.Responses[0].PartitionResponses[0].ErrorCode;
        if (error == ErrorCode.None) _sequences[(topic, partition)] = sequence + values.Length;
        return error;
    }

    public short EndVersion => isNew ? (short)5 : (short)4;
    public EndTxnRequest EndRequest(bool commit) => new() { TransactionalId = Id, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commit };

    public async Task<ErrorCode> EndAsync(bool commit)
    {
        var answer = await Connection.AskAsync(EndRequest(commit), EndVersion);
        if (answer.ErrorCode == ErrorCode.None && isNew) Hold(answer.ProducerId, answer.ProducerEpoch);
        return answer.ErrorCode;
    }

    public async Task<DescribeTransactionsResponse.TransactionStateData> DescribeAsync(FrameClient? over = null) =>
        (await (over ?? Connection).AskAsync(new DescribeTransactionsRequest { TransactionalIds = [Id] }, 0)).TransactionStates[0];
}
