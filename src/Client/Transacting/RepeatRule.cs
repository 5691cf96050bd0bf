namespace Semel.Client.Transacting;

/// <summary>Whether running a transaction's body again can mend what failed, and after which pause. Pure.</summary>
internal static class RepeatRule
{
    /// <param name="state">After the failed transaction was aborted.</param>
    public static bool CanBeRepeated(KafkaException failure, TransactionState state)
    {
        // The next transaction could not begin.
        if (state is not (TransactionState.Ready or TransactionState.Rebumping)) return false;
        // Of a record that may be in the log nobody sees anything once its transaction was aborted.
        return (failure.Class is ErrorClass.Abortable or ErrorClass.Retriable || failure is ProduceException { Class: ErrorClass.Application })
            && CanBeMended(failure);
    }

    /// <summary>A record that can never succeed, a right that is missing: it would fail again.</summary>
    static bool CanBeMended(KafkaException failure) => failure.InnerException is not KafkaException cause
        || cause.Class is not (ErrorClass.Record or ErrorClass.Config);

    /// <param name="runs">How often the body was run, at least 1.</param>
    public static TimeSpan Pause(TransactionRetry retry, int runs)
    {
        var doubled = retry.Backoff * Math.Pow(2, Math.Min(runs - 1, 30));
        return doubled < retry.MaxBackoff ? doubled : retry.MaxBackoff;
    }
}
