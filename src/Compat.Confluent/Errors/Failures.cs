namespace Semel.Compat.Confluent;

/// <summary>What a failure of the client below is on this side.</summary>
static class Failures
{
    /// <summary>The exception that tells what can be done next, as Confluent.Kafka's do.</summary>
    public static KafkaException Of(Inner.KafkaException failure) => failure.Class switch
    {
        Inner.ErrorClass.Retriable => new KafkaRetriableException(ErrorOf(failure), failure),
        Inner.ErrorClass.Abortable => new KafkaTxnRequiresAbortException(ErrorOf(failure), failure),
        _ => new KafkaException(ErrorOf(failure), failure),
    };

    public static Error ErrorOf(Inner.KafkaException failure) => new(CodeOf(failure.Error, failure.Class), failure.Message, failure.IsFatal);

    public static Error ErrorOf(Wire.ErrorCode code, string reason = null) => new((ErrorCode)(int)code, reason);

    static ErrorCode CodeOf(Inner.Error error, Inner.ErrorClass errorClass) => error.LocalCode switch
    {
        Inner.LocalErrorCode.None => errorClass == Inner.ErrorClass.Fenced ? ErrorCode.Local_Fenced : (ErrorCode)(int)error.Code,
        Inner.LocalErrorCode.DeliveryTimeout => ErrorCode.Local_MsgTimedOut,
        Inner.LocalErrorCode.QueueFull => ErrorCode.Local_QueueFull,
        Inner.LocalErrorCode.MessageTooLarge => ErrorCode.MsgSizeTooLarge,
        Inner.LocalErrorCode.UnknownPartition => ErrorCode.Local_UnknownPartition,
        Inner.LocalErrorCode.UnknownTopic => ErrorCode.Local_UnknownTopic,
        Inner.LocalErrorCode.TopicRecreated => ErrorCode.UnknownTopicId,
        Inner.LocalErrorCode.PrecedingRecordFailed => ErrorCode.Local_GaplessGuarantee,
        Inner.LocalErrorCode.ConnectionLost => ErrorCode.Local_Transport,
        Inner.LocalErrorCode.Closed => ErrorCode.Local_Destroy,
        Inner.LocalErrorCode.InvalidConfig => ErrorCode.Local_InvalidArg,
        Inner.LocalErrorCode.Serialization => ErrorCode.Local_ValueSerialization,
        Inner.LocalErrorCode.DataLossSuspected => ErrorCode.Local_Inconsistent,
        Inner.LocalErrorCode.TransactionAborted => ErrorCode.Local_PurgeQueue,
        Inner.LocalErrorCode.NotInTransaction => ErrorCode.Local_State,
        Inner.LocalErrorCode.OutcomeUnknown or Inner.LocalErrorCode.TransactionTooLong => ErrorCode.Local_TimedOut,
        Inner.LocalErrorCode.ClusterReplaced => ErrorCode.Local_Inconsistent,
        Inner.LocalErrorCode.HandlerFailed => ErrorCode.Local_Application,
        Inner.LocalErrorCode.NotOffered => ErrorCode.Local_UnsupportedFeature,
        _ => errorClass switch
        {
            Inner.ErrorClass.Fenced => ErrorCode.Local_Fenced,
            Inner.ErrorClass.Fatal => ErrorCode.Local_Fatal,
            Inner.ErrorClass.Application or Inner.ErrorClass.Abortable => ErrorCode.Local_State,
            _ => ErrorCode.Local_Fail,
        },
    };

    /// <summary>Of a record: one that never found its topic or a broker is one whose time was over.</summary>
    public static Error ErrorOfRecord(Inner.ProduceException failure) =>
        failure.Error.LocalCode is Inner.LocalErrorCode.UnknownTopic or Inner.LocalErrorCode.ConnectionLost ? new Error(ErrorCode.Local_MsgTimedOut,
            failure.Message) : ErrorOf(failure);
}
