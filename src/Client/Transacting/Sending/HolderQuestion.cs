using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>Who has a transactional id now, as far as its coordinator tells (KIP-664), for whoever was fenced. Asked once, and not for long.</summary>
internal static class HolderQuestion
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>A sentence; empty when nobody tells.</returns>
    public static async Task<string> AskAsync(ClusterConnections connections, string transactionalId, CancellationToken cancellation)
    {
        try
        {
            var call = new BoundedCall(connections, Patience, cancellation);
            var connection = await new CoordinatorLookup(connections).FindAsync(CoordinatorKind.Transaction, transactionalId, call).ConfigureAwait(false);
            if (connection.BestVersion<DescribeTransactionsRequest, DescribeTransactionsResponse>() is not { } version) return "";
            var request = new DescribeTransactionsRequest { TransactionalIds = [new(transactionalId)] };
            var response = await connection
                .SendAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(request, version, call.RequestTimeout, cancellation).ConfigureAwait(false);
            if (response.TransactionStates is not [{ ErrorCode: ErrorCode.None } state]) return "";
            var since = state.TransactionStartTimeMs > 0
                ? $", with a transaction open since {DateTimeOffset.FromUnixTimeMilliseconds(state.TransactionStartTimeMs):O}" : "";
            return $" Its coordinator, broker {connection.Node} at {connection.Address}, has it at producer id {state.ProducerId}, epoch {state.ProducerEpoch} ({state.TransactionState}){since}.";
        }
        catch (Exception failure) when (failure is BrokerConnectionException or KafkaException or OperationCanceledException or ObjectDisposedException)
        {
            return "";
        }
    }
}
