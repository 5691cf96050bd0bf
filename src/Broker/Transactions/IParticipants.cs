using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>Those who take part in transactions, whatever they are. Thread safe.</summary>
internal interface IParticipants
{
    /// <summary>Ends the transaction at one participant; completes when everybody who reads there sees the end.</summary>
    /// <returns>No error also for one that is not there any more.</returns>
    Task<ErrorCode> EndAsync(Participant participant, EndMarker marker);
}
