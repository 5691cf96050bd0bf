using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>
/// The end of a transaction is decided and durable: each participant is to be told. Each is answered for once, with
/// <see cref="TransactionCommand.ParticipantsAnswered"/>, alone or several together; one that is not there any more has ended.
/// </summary>
public sealed record EndParticipants(TransactionalId TransactionalId, EndNumber End, EndMarker Marker, IReadOnlyList<Participant> Participants) : Effect;

/// <summary>A fresh producer id is wanted for an end that the coordinator has to decide by itself: it is given with <see cref="TransactionCommand.ProducerIdTaken"/>.</summary>
public sealed record TakeProducerId : Effect
{
    public static readonly TakeProducerId Instance = new();
}

/// <summary>Ids have expired: the connections that are open are wanted with <see cref="TransactionCommand.ForgetExpired"/>, as no id is forgotten that one of them used.</summary>
public sealed record LookForConnections : Effect
{
    public static readonly LookForConnections Instance = new();
}

/// <summary>What a coordinator did by itself, for the broker's log.</summary>
public enum TransactionEvent : byte
{
    /// <summary>An open transaction is aborted: its time is over.</summary>
    TimedOut,
    /// <summary>An open transaction is aborted: its producer was initialised again.</summary>
    Replaced,
    /// <summary>An open transaction is aborted: somebody asked for it by its producer id and epoch.</summary>
    Aborted,
    /// <summary>An id was forgotten.</summary>
    Expired,
    /// <summary>A participant has a newer epoch already: somebody else wrote a marker.</summary>
    ParticipantMovedOn,
    /// <summary>A participant's answer must never be: the id is halted.</summary>
    Halted,
    /// <summary>A participant could not be ended for some time; it is tried on.</summary>
    Delayed,
}

/// <summary>Told once the turn is durable, and once.</summary>
/// <param name="Epoch">Before what happened.</param>
/// <param name="Participants">How many the transaction has.</param>
/// <param name="OpenMs">Since the transaction began, by the wall clock; since it was used last for an id that expired.</param>
public sealed record TransactionNotice(TransactionEvent Event, TransactionalId TransactionalId, ProducerId ProducerId, ProducerEpoch Epoch, int Participants, long OpenMs) : Effect
{
    /// <summary>Whose answer it was; null when it was nobody's.</summary>
    public ParticipantAnswer? Answer { get; init; }
}
