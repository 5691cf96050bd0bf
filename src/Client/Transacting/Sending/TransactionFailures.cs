namespace Semel.Client.Transacting.Sending;

/// <summary>A failure of the machine as the exception that an application catches. Pure.</summary>
internal static class TransactionFailures
{
    public static KafkaException Exception(TransactionFailure failure)
    {
        var error = failure.Later.Count == 0 ? failure.Error
            : failure.Error with { Reason = $"{failure.Error.Reason} Later: {string.Join("; ", failure.Later.Select(static later => later.Reason))}" };
        var inner = failure.Record is { Verdict: { Error: { } cause } verdict } record
            ? new ProduceException(cause, verdict.Class, verdict.Status, record.Partition) : null;
        return failure.Kind switch
        {
            TransactionFailureKind.Fenced => new ProducerFencedException(error, inner),
            TransactionFailureKind.TimedOut => new TransactionTimedOutException(error, inner),
            TransactionFailureKind.OutcomeUnknown => new TransactionOutcomeUnknownException(error, inner),
            TransactionFailureKind.Configuration => new KafkaConfigException(error.Reason, "transaction.timeout.ms"),
            _ => new KafkaException(error, failure.Class, inner),
        };
    }

    public static InvalidOperationException Illegal(CallIllegal end) =>
        new($"{Word(end.Kind)} is not allowed now: the producer is {end.State}. {Remedy(end.State)}");

    static string Word(TransactionCallKind kind) => kind switch
    {
        TransactionCallKind.Init => "InitTransactionsAsync",
        TransactionCallKind.Begin => "BeginTransactionAsync",
        TransactionCallKind.SendOffsets => "SendOffsetsAsync",
        TransactionCallKind.Commit => "CommitAsync of this transaction",
        TransactionCallKind.Abort => "AbortAsync of this transaction",
        TransactionCallKind.Resolve => "ResolveAsync of this transaction",
        _ => "a record",
    };

    public static string Remedy(TransactionState state) => state switch
    {
        TransactionState.Uninitialized => "Await InitTransactionsAsync first.",
        TransactionState.Initializing => "Wait for InitTransactionsAsync to end.",
        TransactionState.Ready or TransactionState.Rebumping => "No transaction is open: begin one.",
        TransactionState.InTransaction => "A transaction is open: commit or abort that one first.",
        TransactionState.Abortable => "Something of the transaction failed: abort it.",
        TransactionState.Committing => "Wait for CommitAsync to end.",
        TransactionState.Aborting => "Wait for AbortAsync to end.",
        TransactionState.Unresolved => "It is not known how the last transaction ended: repeat the call that ended it, or await ResolveAsync.",
        _ => "Dispose of the producer.",
    };
}
