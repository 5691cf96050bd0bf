using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What an application reads: what happened, what is certainly true now, and what to do next.</summary>
internal static class TransactionTexts
{
    const string NothingVisible = "Nothing of the transaction is or will be visible to readers of committed records.";
    const string AbortNext = "Call AbortAsync, put your input back to where the transaction began, and begin again.";

    public static TransactionFailure Abortable(ErrorCode code, string what) =>
        new(new Error(code, $"{what}. {NothingVisible} {AbortNext}"), ErrorClass.Abortable);

    public static TransactionFailure Abortable(LocalErrorCode code, string what) =>
        new(new Error(code, $"{what}. {NothingVisible} {AbortNext}"), ErrorClass.Abortable);

    public static TransactionFailure RecordFailed(TopicPartition partition, Verdict verdict, ErrorClass errorClass, TransactionFailureKind kind)
    {
        var error = verdict.Error!;
        var next = errorClass == ErrorClass.Abortable ? AbortNext : "Dispose of the producer.";
        return new TransactionFailure(error with { Reason = $"a record of the transaction was not delivered: {error.Reason}. {NothingVisible} {next}" },
            errorClass, kind, verdict.Class)
        {
            Record = (partition, verdict),
        };
    }

    public static TransactionFailure TooLong(TimeSpan timeout) => Abortable(LocalErrorCode.TransactionTooLong,
        $"the transaction has been open for 80 % of {timeout.TotalMilliseconds:0} ms (transaction.timeout.ms), and takes no more records so that it can still be ended in order");

    public static TransactionFailure Fenced(string transactionalId, ErrorCode code, string answer, CoordinatorRequestKind request) => new(new Error(code,
        $"{answer} to {Word(request)}: another instance has transactional id '{transactionalId}' since. Nothing that this producer has not committed is or will be visible to readers of "
        + "committed records, and no later call can change that. Dispose of this producer; two instances that run at the same time need two ids."),
        ErrorClass.Fenced, TransactionFailureKind.Fenced);

    public static TransactionFailure TimedOut(ErrorCode code, string answer, CoordinatorRequestKind request, TimeSpan timeout) => new(new Error(code,
        $"{answer} to {Word(request)}: the transaction was open for longer than {timeout.TotalMilliseconds:0} ms (transaction.timeout.ms), and the coordinator has aborted it. {NothingVisible} "
        + "Dispose of this producer, make a new one, and read your input again from the last committed offsets; make transactions shorter, or raise transaction.timeout.ms."),
        ErrorClass.Fenced, TransactionFailureKind.TimedOut);

    public static TransactionFailure OutcomeUnknown(string transactionalId, string last) => new(new Error(LocalErrorCode.OutcomeUnknown,
        $"the commit of a transaction of '{transactionalId}' was sent, and it is not known whether it was carried out: {last}. It is committed as a whole or not at all. "
        + "Call CommitAsync again to go on waiting, or ResolveAsync, which finds out; until one of them has ended no other transaction can begin."),
        ErrorClass.Application, TransactionFailureKind.OutcomeUnknown);

    public static TransactionFailure AbortUnanswered(string transactionalId, string last) => new(new Error(LocalErrorCode.OutcomeUnknown,
        $"the abort of a transaction of '{transactionalId}' is not confirmed: {last}. {NothingVisible} Call AbortAsync again, or dispose of the producer."),
            ErrorClass.Retriable);

    public static TransactionFailure InTime(string transactionalId, string what, string last) => new(new Error(LocalErrorCode.ConnectionLost,
        $"{what} of '{transactionalId}' did not succeed in time: {last}. No transaction is open. Call it again."), ErrorClass.Retriable);

    public static TransactionFailure Fatal(string transactionalId, ErrorCode code, string answer, CoordinatorRequestKind request) => new(new Error(code,
        $"{answer} to {Word(request)} of '{transactionalId}', after which this producer cannot go on. {NothingVisible} Dispose of it."), ErrorClass.Fatal);

    public static TransactionFailure Refused(string transactionalId, ErrorCode code, string answer, TimeSpan timeout) =>
        code == ErrorCode.InvalidTransactionTimeout
        ? new(new Error(code,
            $"{answer}: transaction.timeout.ms={timeout.TotalMilliseconds:0} is more than the broker's transaction.max.timeout.ms allows (900000 unless it is configured). "
            + "Nothing was begun. Lower the one or raise the other."), ErrorClass.Config, TransactionFailureKind.Configuration)
        : new(new Error(code,
            $"{answer}: transactional id '{transactionalId}' may not be used with these rights. Nothing was begun. Give the principal the right to write with it."), ErrorClass.Config);

    public static TransactionFailure Closed(Error reason) => new(reason, ErrorClass.Fatal);

    public static TransactionFailure Unknowable(TransactionFailure after) => after with
    {
        Error = after.Error with
        {
            Reason = $"the commit of the transaction was sent before, and it is not known whether it was carried out; then: {after.Error.Reason} Of the transaction itself ResolveAsync tells which way it went.",
        },
        Class = ErrorClass.Application,
        Kind = TransactionFailureKind.OutcomeUnknown,
    };

    public static string Word(CoordinatorRequestKind request) => request switch
    {
        CoordinatorRequestKind.InitProducerId => "InitProducerId",
        CoordinatorRequestKind.AddPartitions => "AddPartitionsToTxn",
        CoordinatorRequestKind.AddOffsets => "AddOffsetsToTxn",
        CoordinatorRequestKind.TxnOffsetCommit => "TxnOffsetCommit",
        _ => "EndTxn",
    };
}
