using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Protocol.Messages;

namespace Semel.Client.Metadata;

/// <summary>What is coordinated, by Kafka's numbers.</summary>
internal enum CoordinatorKind : sbyte
{
    Group = 0,
    Transaction = 1,
}

/// <summary>Finds the broker that coordinates a group or a transactional id. Remembers nothing: a coordinator moves when it is asked least. Thread safe.</summary>
internal sealed class CoordinatorLookup(ClusterConnections connections)
{
    /// <summary>A connection to the coordinator, as of an answer that is asked for now, again and again while the cluster is about to have one.</summary>
    /// <exception cref="BrokerConnectionException">No broker answers, or the coordinator cannot be reached.</exception>
    /// <exception cref="KafkaException">The cluster names none in time, or refuses.</exception>
    public async ValueTask<BrokerConnection> FindAsync(CoordinatorKind kind, string key, BoundedCall call)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (error, message, node) = await AskAsync(kind, key, call).ConfigureAwait(false);
            if (error == ErrorCode.None)
            {
                if (!connections.Metadata.View.Brokers.ContainsKey(node)) await call.RefreshAsync().ConfigureAwait(false);
                return await call.BrokerAsync(node).ConfigureAwait(false);
            }
            if (!ErrorTable.Of(error).Passes || !await call.TryPauseAsync(connections.Options.Retrying.After(attempt)).ConfigureAwait(false))
                throw new KafkaException(new Error(error, $"the coordinator of {Word(kind)} '{key}' cannot be found: {(string.IsNullOrEmpty(message) ? error.ToString() : message)}"), ErrorTable.Of(error).Class);
        }
    }

    static string Word(CoordinatorKind kind) => kind == CoordinatorKind.Group ? "group" : "transactional id";

    static async Task<(ErrorCode Error, string? Message, NodeId Node)> AskAsync(CoordinatorKind kind, string key, BoundedCall call)
    {
        var broker = await call.AnyAsync().ConfigureAwait(false);
        if (broker.BestVersion<FindCoordinatorRequest, FindCoordinatorResponse>() is not { } version || (version == 0 && kind != CoordinatorKind.Group))
            throw new KafkaException(new Error(LocalErrorCode.NotOffered, $"the broker at {broker.Address} cannot say who coordinates {Word(kind)} '{key}'"), ErrorClass.Config);
        var request = version >= 4
            ? new FindCoordinatorRequest { KeyType = (sbyte)kind, CoordinatorKeys = [key] }
            : new FindCoordinatorRequest { KeyType = (sbyte)kind, Key = key };
        var response = await broker.SendAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request, version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
        if (version < 4) return (response.ErrorCode, response.ErrorMessage, response.NodeId);
        var found = response.Coordinators.Find(coordinator => coordinator.Key == key);
        return found is null ? (ErrorCode.UnknownServerError, "the broker said nothing about it", NodeId.None) : (found.ErrorCode, found.ErrorMessage, found.NodeId);
    }
}
