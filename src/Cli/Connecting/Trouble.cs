using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Connecting;

/// <summary>What keeps a command from its work, in the words of the command line.</summary>
/// <param name="ExitCode">How the command ends because of it.</param>
/// <param name="Message">A sentence without a full stop.</param>
/// <param name="Remedy">What to do about it, a sentence without a full stop; null when the message says it.</param>
/// <param name="EndsWork">Also a command that has done a part of its work ends soon: what is wrong needs a person.</param>
public sealed record Trouble(ExitCode ExitCode, string Message, string? Remedy = null, bool EndsWork = false)
{
    /// <summary>Whoever prints it ends the sentence; the words of a broker may have ended it already.</summary>
    public string Message { get; init => field = value.TrimEnd('.'); } = Message.TrimEnd('.');

    public static Trouble Of(BrokerUnreachable told) =>
        new(ExitCode.CannotConnect, $"{(told.Node.Value < 0 ? "the broker" : $"broker {told.Node}")} cannot be reached: {told.Reason}", told.Remedy);

    /// <summary>What a producer tells of its surroundings; null for what is no trouble.</summary>
    public static Trouble? Of(ProducerEvent told) => told switch
    {
        PartitionUnavailable { Code: ErrorCode.KafkaStorageError } storage => Storage($"{storage.TopicPartition} cannot be written to", storage.Reason),
        PartitionUnavailable { TopicPartition.Partition: < 0 } topic => new Trouble(ExitCode.Refused, $"topic {topic.TopicPartition.Topic} cannot be used: {topic.Reason}"),
        PartitionUnavailable partition => new Trouble(ExitCode.Refused, $"{partition.TopicPartition} cannot be written to: {partition.Reason} ({partition.Code})"),
        ProducerIdUnavailable { Code: ErrorCode.KafkaStorageError } storage => Storage("the broker gives no producer id", storage.Reason),
        ProducerIdUnavailable id => new Trouble(ExitCode.Refused, $"the broker gives no producer id: {id.Reason} ({id.Code})"),
        _ => null,
    };

    /// <summary>What a consumer tells of a partition; null for what is no trouble.</summary>
    public static Trouble? Of(ConsumerEvent told) => told switch
    {
        { Code: ErrorCode.KafkaStorageError } => Storage($"{told.Partition} cannot be read", told.Reason),
        { Code: ErrorCode.NetworkException } => new Trouble(ExitCode.CannotConnect, $"{told.Partition} cannot be read: {told.Reason}"),
        { Fault: ConsumeFault.Broker } => new Trouble(ExitCode.Refused, $"{told.Partition} cannot be read: {told.Reason}"),
        _ => null,
    };

    /// <summary>The broker runs and answers; its disk is what does not work.</summary>
    static Trouble Storage(string what, string reason) =>
        new(ExitCode.Refused, $"{what}: the broker cannot use its disk: {reason}{(reason.Contains(nameof(ErrorCode.KafkaStorageError), StringComparison.Ordinal) ? "" : $" ({ErrorCode.KafkaStorageError})")}", "Look whether its device is full or fails; the broker's log says more", EndsWork: true);
}
