using Semel.Broker.Door;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>What a coordinator's reply is on the wire.</summary>
internal static class TransactionAnswers
{
    /// <summary>What is answered when the coordinator's log has not answered in time: every client takes it as "again soon".</summary>
    public static readonly TransactionReply Late = TransactionReply.Failed(ErrorCode.CoordinatorNotAvailable, "the log of the transaction's coordinator does not answer");

    /// <exception cref="UnanswerableException">The request was overtaken by its client's later connection: any answer would be taken for that of another one.</exception>
    public static TransactionReply Checked(this TransactionReply reply) => reply.IsLate
        ? throw new UnanswerableException("its producer has spoken over a later connection since, so it belongs to a transaction that is over")
        : reply;

    /// <summary>Clients before this version of the request know a fenced producer by another code.</summary>
    public static ErrorCode ErrorIn(this TransactionReply reply, short version, short firstThatKnowsFenced) => Of(reply.Error, version, firstThatKnowsFenced);

    /// <inheritdoc cref="ErrorIn"/>
    public static ErrorCode Of(ErrorCode error, short version, short firstThatKnowsFenced) =>
        error == ErrorCode.ProducerFenced && version < firstThatKnowsFenced ? ErrorCode.InvalidProducerEpoch : error;
}
