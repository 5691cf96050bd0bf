using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Produce;

/// <summary>What to do about records that were not stored.</summary>
public static class ProduceRemedy
{
    /// <returns>Null when the reason says it all.</returns>
    public static string? Of(KafkaException failure, string topic) => failure.Error switch
    {
        { Code: ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge } =>
            $"Make the record smaller, or let topic {topic} take larger ones: by its own max.message.bytes ('semel topics create --config max.message.bytes=N', when it is made), or, when it has none of its own, by the broker's message.max.bytes ('semel serve -X message.max.bytes=N').",
        { LocalCode: LocalErrorCode.DeliveryTimeout or LocalErrorCode.ConnectionLost } => "Look whether the broker runs and can be reached. Records that are NotPersisted can be sent again; those that are PossiblyPersisted may be stored already.",
        _ => null,
    };
}
