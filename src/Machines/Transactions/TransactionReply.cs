using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>The answer to one command.</summary>
public readonly record struct TransactionReply
{
    public required ErrorCode Error { get; init; }

    /// <summary>What the producer goes on with: of InitProducerId and EndTransaction; none when it was refused.</summary>
    public ProducerId ProducerId { get; init; }
    public ProducerEpoch Epoch { get; init; }

    /// <summary>Nothing was done: the command is asked again with a fresh producer id.</summary>
    public bool NeedsProducerId { get; init; }

    /// <summary>Nothing was done: the request came over an earlier connection than the newest that spoke for its producer. No answer would be right: the connection is closed.</summary>
    public bool IsLate { get; init; }

    /// <summary>Why nothing was done, when the error does not tell; null otherwise.</summary>
    public string? Message { get; init; }

    /// <summary>One for each participant that was asked for, when <see cref="Error"/> is none.</summary>
    public IReadOnlyList<ErrorCode>? Participants { get; init; }

    /// <inheritdoc cref="TransactionCommand.Describe"/>
    public IReadOnlyList<TransactionDescription?>? Transactions { get; init; }

    public static TransactionReply Failed(ErrorCode error, string? message = null) =>
        new() { Error = error, Message = message, ProducerId = ProducerId.None, Epoch = ProducerEpoch.None };

    public static TransactionReply Done(ProducerId producerId, ProducerEpoch epoch) => new() { Error = ErrorCode.None, ProducerId = producerId, Epoch = epoch };

    internal static TransactionReply Of(in Ruling ruling) => ruling.Kind switch
    {
        Ruling.Verdict.Refused => Failed(ruling.Error),
        Ruling.Verdict.NeedsProducerId => AskAgainWithProducerId,
        _ => Accepted,
    };

    public static readonly TransactionReply Accepted = Done(ProducerId.None, ProducerEpoch.None);
    public static readonly TransactionReply AskAgainWithProducerId = Failed(ErrorCode.ConcurrentTransactions) with { NeedsProducerId = true };
    public static readonly TransactionReply Late = Failed(ErrorCode.ProducerFenced) with { IsLate = true };
}

/// <summary>One transactional id as it is told (KIP-664).</summary>
/// <param name="StartMs">Milliseconds since 1970; -1 when nothing was added since the id was initialised.</param>
public sealed record TransactionDescription(TransactionalId TransactionalId, TransactionState State, ProducerId ProducerId, ProducerEpoch Epoch, int TimeoutMs, long StartMs,
    IReadOnlyList<Participant> Participants);
