using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>AddPartitionsToTxn as clients send it.</summary>
internal static class AddPartitionsExchange
{
    public static async Task<CoordinatorAnswer> SendAsync(BrokerConnection connection, AddPartitionsRequest add, string transactionalId,
        ProducerOptions options, short lowest, short highest)
    {
        var version = CoordinatorClient.Version<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(connection, lowest, highest);
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = new TransactionalId(transactionalId), V3AndBelowProducerId = add.Identity.Id,
            V3AndBelowProducerEpoch = add.Identity.Epoch,
            V3AndBelowTopics = [.. add.Partitions.GroupBy(static partition => partition.Topic).Select(static topic =>
                new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic { Name = topic.Key,
                    Partitions = [.. topic.Select(static partition => partition.Partition)] })],
        };
        var response = await connection
            .SendAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, version, options.AnswerTimeout).ConfigureAwait(false);
        var told = response.ResultsByTopicV3AndBelow.SelectMany(static topic =>
            topic.ResultsByPartition.Select(result => (new TopicPartition(topic.Name, result.PartitionIndex), result.PartitionErrorCode)));
        return PartitionCodes.Answer(add.Partitions, told);
    }
}
