using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Producing;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>EndTxn. From version 5 on the answer has the identity of the next transaction (KIP-890).</summary>
internal static class EndExchange
{
    public static async Task<CoordinatorAnswer> SendAsync(BrokerConnection connection, EndTransactionRequest end, string transactionalId,
        ProducerOptions options, short lowest, short highest)
    {
        var version = CoordinatorClient.Version<EndTxnRequest, EndTxnResponse>(connection, lowest, highest);
        var request = new EndTxnRequest
        {
            TransactionalId = new TransactionalId(transactionalId), ProducerId = end.Identity.Id, ProducerEpoch = end.Identity.Epoch, Committed = end.IsCommit,
        };
        var response = await connection.SendAsync<EndTxnRequest, EndTxnResponse>(request, version, options.AnswerTimeout).ConfigureAwait(false);
        return response.ErrorCode != ErrorCode.None || response.ProducerId.IsNone ? CoordinatorAnswer.Of(response.ErrorCode)
            : CoordinatorAnswer.Grant(new ProducerIdentity(response.ProducerId, response.ProducerEpoch));
    }
}
