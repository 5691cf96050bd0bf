using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>AddOffsetsToTxn.</summary>
internal static class AddOffsetsExchange
{
    public static async Task<CoordinatorAnswer> SendAsync(BrokerConnection connection, AddOffsetsRequest add, string transactionalId, ProducerOptions options,
        short lowest, short highest)
    {
        var version = CoordinatorClient.Version<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(connection, lowest, highest);
        var request = new AddOffsetsToTxnRequest
        {
            TransactionalId = new TransactionalId(transactionalId), ProducerId = add.Identity.Id, ProducerEpoch = add.Identity.Epoch,
            GroupId = new GroupId(add.GroupId),
        };
        return CoordinatorAnswer.Of((await connection
            .SendAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(request, version, options.AnswerTimeout).ConfigureAwait(false)).ErrorCode);
    }
}
