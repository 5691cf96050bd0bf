using Microsoft.Extensions.Logging;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

internal static partial class ConsumerLog
{
    [LoggerMessage(1202, LogLevel.Warning, "{Fault} at {Partition}, offset {Offset}: {Reason}")]
    public static partial void Fault(ILogger logger, ConsumeFault fault, TopicPartition partition, long offset, string reason);

    [LoggerMessage(1203, LogLevel.Debug, "A fetch from broker {Node} did not come back: {Reason}")]
    public static partial void FetchLost(ILogger logger, NodeId node, string reason);

    [LoggerMessage(1204, LogLevel.Warning, "Broker {Node} refused a whole fetch with {Error}")]
    public static partial void FetchRefused(ILogger logger, NodeId node, ErrorCode error);

    [LoggerMessage(1205, LogLevel.Error, "A handler of the consumer's events threw when it was told of {Fault} at {Partition}")]
    public static partial void HandlerFailed(ILogger logger, Exception failure, ConsumeFault fault, TopicPartition partition);

    [LoggerMessage(1206, LogLevel.Warning, "Where partitions of the group begin could not be found at attempt {Attempt}; it is asked again")]
    public static partial void StartNotFound(ILogger logger, Exception failure, int attempt);

    [LoggerMessage(1207, LogLevel.Error, "A handler of partitions that were {When} threw")]
    public static partial void RebalanceHandlerFailed(ILogger logger, Exception failure, string when);

    [LoggerMessage(1208, LogLevel.Warning, "Lost without being asked, perhaps to another member: {Partitions}")]
    public static partial void Lost(ILogger logger, string partitions);

    [LoggerMessage(1209, LogLevel.Warning, "The group could not be left within close.timeout.ms: its coordinator notices when the session is over")]
    public static partial void NotLeft(ILogger logger, Exception failure);
}
