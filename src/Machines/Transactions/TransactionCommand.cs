using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>What may be asked of a coordinator of transactions.</summary>
public abstract record TransactionCommand
{
    TransactionCommand() { }

    /// <summary>
    /// Which connection asks: a number that grows with each connection that is accepted; 0 when none does. An id is not forgotten while a connection that used it is open,
    /// and what comes over an earlier connection than the newest that spoke for its producer is late.
    /// </summary>
    public long ConnectionOrdinal { get; init; }

    /// <summary>The command that was answered with <see cref="TransactionReply.NeedsProducerId"/>, with what it needs.</summary>
    /// <param name="fresh">Never used before.</param>
    public virtual TransactionCommand With(ProducerId fresh) => throw new InvariantBrokenException($"the command {this} needs no producer id");

    /// <summary>A producer begins, or begins again. A producer id that is needed comes with the command, or is asked for with <see cref="TransactionReply.NeedsProducerId"/>.</summary>
    /// <param name="ProducerId">Of the holder that asks for its next epoch (KIP-360); none for a new incarnation.</param>
    public sealed record InitProducerId(TransactionalId TransactionalId, int TimeoutMs, ProducerId ProducerId, ProducerEpoch Epoch) : TransactionCommand
    {
        /// <summary>Fresh: never used before. None when the caller has not taken one.</summary>
        public ProducerId NewProducerId { get; init; } = ProducerId.None;

        public override TransactionCommand With(ProducerId fresh) => this with { NewProducerId = fresh };
    }

    /// <summary>Participants come into the transaction, which begins with the first.</summary>
    /// <param name="TransactionVersion">0: a client says so, before it writes. 2: a write of KIP-890 adds it.</param>
    public sealed record AddParticipants(TransactionalId TransactionalId, ProducerId ProducerId, ProducerEpoch Epoch, IReadOnlyList<Participant> Participants,
        short TransactionVersion) : TransactionCommand
    {
        /// <summary>Asked by the client over the connection on which it speaks to its coordinator, not by a write.</summary>
        public bool IsOfCoordinatorConnection { get; init; }
    }

    /// <summary>Whether each is a participant of the open transaction: <see cref="TransactionReply.Participants"/>.</summary>
    public sealed record Verify(TransactionalId TransactionalId, ProducerId ProducerId, ProducerEpoch Epoch, IReadOnlyList<Participant> Participants) : TransactionCommand;

    /// <summary>The producer ends its transaction.</summary>
    /// <param name="TransactionVersion">0: the first protocol. 2: KIP-890, which raises the epoch.</param>
    public sealed record EndTransaction(TransactionalId TransactionalId, ProducerId ProducerId, ProducerEpoch Epoch, bool Commit, short TransactionVersion) : TransactionCommand
    {
        /// <inheritdoc cref="InitProducerId.NewProducerId"/>
        public ProducerId NewProducerId { get; init; } = ProducerId.None;

        public override TransactionCommand With(ProducerId fresh) => this with { NewProducerId = fresh };
    }

    /// <summary>Participants have answered to <see cref="EndParticipants"/>.</summary>
    /// <param name="End">As the effect said.</param>
    public sealed record ParticipantsAnswered(TransactionalId TransactionalId, EndNumber End, IReadOnlyList<ParticipantAnswer> Answers) : TransactionCommand;

    /// <summary>
    /// Somebody from outside wants a partition freed of the open transaction of whoever has this producer id and epoch: the whole of it is aborted (R-AA). Refused with
    /// INVALID_PRODUCER_ID_MAPPING when there is none, with CONCURRENT_TRANSACTIONS when its end is decided and not known to all participants, and with INVALID_TXN_STATE
    /// when a part of it would be committed, or ended by an epoch that its coordinator has not given: only its owner can say that it is whole.
    /// </summary>
    public sealed record EndOwner(ProducerId ProducerId, ProducerEpoch Epoch, bool Commit = false) : TransactionCommand
    {
        /// <inheritdoc cref="InitProducerId.NewProducerId"/>
        public ProducerId NewProducerId { get; init; } = ProducerId.None;

        public override TransactionCommand With(ProducerId fresh) => this with { NewProducerId = fresh };
    }

    /// <summary>Tells what is known of each id: <see cref="TransactionReply.Transactions"/>, null where nothing is.</summary>
    public sealed record Describe(IReadOnlyList<TransactionalId> TransactionalIds) : TransactionCommand;

    /// <summary>Tells all ids that the filter lets through: <see cref="TransactionReply.Transactions"/>, without their participants.</summary>
    public sealed record List(TransactionFilter Filter) : TransactionCommand;

    /// <summary>The answer to <see cref="TakeProducerId"/>.</summary>
    /// <param name="ProducerId">Fresh; none when there is none to be had now.</param>
    public sealed record ProducerIdTaken(ProducerId ProducerId) : TransactionCommand;

    /// <summary>The answer to <see cref="LookForConnections"/>: forgets what has expired and is used by none of them.</summary>
    public sealed record ForgetExpired(IReadOnlySet<long> OpenConnections) : TransactionCommand;

    /// <summary>A deadline has come.</summary>
    public sealed record Tick : TransactionCommand
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>One participant's answer to the end of a transaction.</summary>
public readonly record struct ParticipantAnswer(Participant Participant, ErrorCode Error);

/// <summary>One end of one transaction, unlike any other: an answer to an earlier one, of the same producer and epoch perhaps, is not taken for it.</summary>
public readonly record struct EndNumber(int CoordinatorEpoch, long Number);
