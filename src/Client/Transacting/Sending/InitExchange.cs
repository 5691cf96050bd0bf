using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Producing;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>InitProducerId of a transactional id.</summary>
internal static class InitExchange
{
    public static async Task<CoordinatorAnswer> SendAsync(BrokerConnection connection, InitProducerRequest init, string transactionalId,
        ProducerOptions options, short lowest, short highest)
    {
        var version = CoordinatorClient.Version<InitProducerIdRequest, InitProducerIdResponse>(connection, lowest, highest);
        var request = new InitProducerIdRequest
        {
            TransactionalId = new TransactionalId(transactionalId), TransactionTimeoutMs = (int)options.TransactionTimeout.TotalMilliseconds,
            ProducerId = init.Identity.Id, ProducerEpoch = init.Identity.Epoch,
        };
        var response = await connection.SendAsync<InitProducerIdRequest, InitProducerIdResponse>(request, version, options.AnswerTimeout).ConfigureAwait(false);
        return response.ErrorCode != ErrorCode.None || response.ProducerId.IsNone ? CoordinatorAnswer.Of(response.ErrorCode)
            : CoordinatorAnswer.Grant(new ProducerIdentity(response.ProducerId, response.ProducerEpoch));
    }
}
