using Semel.Client.Connections;
using Semel.Protocol.Messages;

namespace Semel.Client.Producing.Sending;

/// <summary>Asks any broker for a producer id (KIP-98), once; trying again is the machine's decision.</summary>
internal static class IdentityExchange
{
    public static async Task<ProducerInput> AskAsync(ClusterConnections connections, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var connection = await connections.GetAnyAsync(cancellation).ConfigureAwait(false);
            if (connection.BestVersion<InitProducerIdRequest, InitProducerIdResponse>() is not { } version) return new ProducerIdNotOffered();
            var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = int.MaxValue };
            var response = await connection.SendAsync<InitProducerIdRequest, InitProducerIdResponse>(request, version, timeout, cancellation).ConfigureAwait(false);
            if (response.ErrorCode != ErrorCode.None) return new ProducerIdRefused(response.ErrorCode, $"the broker at {connection.Address} refused");
            return response.ProducerId.IsNone ? new ProducerIdRefused(ErrorCode.UnknownServerError, $"the broker at {connection.Address} gave no id")
                : new ProducerIdGranted(new ProducerIdentity(response.ProducerId, response.ProducerEpoch));
        }
        catch (Exception failure) when (failure is BrokerConnectionException or OperationCanceledException or ObjectDisposedException)
        {
            return new ProducerIdRefused(ErrorCode.NetworkException, failure.Message);
        }
    }
}
