using Microsoft.Extensions.Logging;
using Semel.Protocol;

namespace Semel.Client.Connections;

internal static partial class ConnectionLog
{
    [LoggerMessage(1000, LogLevel.Warning, "Broker {Node} at {Address} sent what is not a response, the connection is closed: {Reason}")]
    public static partial void BadResponse(ILogger logger, NodeId node, BrokerAddress address, string reason);

    [LoggerMessage(1001, LogLevel.Debug, "Broker {Node} at {Address} cannot be reached, attempt {Attempt}: {Reason}")]
    public static partial void DialFailed(ILogger logger, NodeId node, BrokerAddress address, int attempt, string reason);

    [LoggerMessage(1002, LogLevel.Debug, "Connected to broker {Node} at {Address}")]
    public static partial void Connected(ILogger logger, NodeId node, BrokerAddress address);

    [LoggerMessage(1003, LogLevel.Warning, "No known broker has answered for {Elapsed}, the bootstrap servers are asked again")]
    public static partial void Rebootstrap(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(1004, LogLevel.Information, "Metadata could not be refreshed: {Reason}")]
    public static partial void MetadataFailed(ILogger logger, string reason);

    [LoggerMessage(1005, LogLevel.Warning, "Topic {Topic} was deleted and created again: its id changed from {Before} to {After}")]
    public static partial void TopicRecreated(ILogger logger, string topic, TopicId before, TopicId after);

    [LoggerMessage(1006, LogLevel.Warning, "Broker {Node} cannot be reached: {Reason}. {Remedy}")]
    public static partial void BrokerUnreachable(ILogger logger, NodeId node, string reason, string remedy);
}
