using System.Text;
using Semel.Client;
using Semel.Client.Administration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Cli.Tests.Transactions;

/// <summary>Requests of a producer that begins a transaction, writes a record into each of some partitions, and goes away.</summary>
static class LeftBehind
{
    public static async Task<(ProducerId Id, ProducerEpoch Epoch)> BeginAsync(string bootstrapServers, string transactionalId, string topic, params int[] partitions)
    {
        await using var connections = new ClusterConnections(new ConnectionOptions { BootstrapServers = [BrokerAddress.Parse(bootstrapServers)] });
        var calls = new AdminCalls(connections, TimeSpan.FromSeconds(20));
        var call = calls.Begin(CancellationToken.None);
        Task<TResponse> Ask<TRequest, TResponse>(TRequest request, Func<TResponse, ErrorCode> error, short highest) where TRequest : class, Protocol.Wire.IRequest<TResponse> where TResponse : class, Protocol.Wire.IMessage, new() =>
            calls.CoordinatorAsync(call, CoordinatorKind.Transaction, transactionalId, _ => request, error, isRepeatable: true, highest);
        var id = new TransactionalId(transactionalId);
        var producer = await Ask<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = id, TransactionTimeoutMs = 600_000 }, answer => answer.ErrorCode, 4);
        Assert.Equal(ErrorCode.None, producer.ErrorCode);
        var added = await Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(new()
        {
            V3AndBelowTransactionalId = id, V3AndBelowProducerId = producer.ProducerId, V3AndBelowProducerEpoch = producer.ProducerEpoch, V3AndBelowTopics = [new() { Name = topic, Partitions = [.. partitions] }],
        }, answer => answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode, 3);
        Assert.All(added.ResultsByTopicV3AndBelow[0].ResultsByPartition, row => Assert.Equal(ErrorCode.None, row.PartitionErrorCode));
        foreach (var partition in partitions)
        {
            var leader = await call.AnyAsync();
            var written = await leader.SendAsync<ProduceRequest, ProduceResponse>(new()
            {
                TransactionalId = id, Acks = Acks.All, TimeoutMs = 10_000, TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = Batch(producer.ProducerId, producer.ProducerEpoch, $"{transactionalId}-{partition}") }] }],
            }, version: 11, call.RequestTimeout);
            Assert.Equal(ErrorCode.None, written.Responses[0].PartitionResponses[0].ErrorCode);
        }
        return (producer.ProducerId, producer.ProducerEpoch);
    }

    static byte[] Batch(ProducerId id, ProducerEpoch epoch, string value)
    {
        using var builder = new RecordBatchBuilder(1 << 16);
        builder.TryAppend(1_700_000_000_000, default, true, Encoding.UTF8.GetBytes(value), false, []);
        builder.Close(CompressionCodec.None);
        builder.Stamp(id, epoch, 0, transactional: true);
        return builder.Bytes.ToArray();
    }
}
