using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>The end of a transaction, as its coordinator tells a participant (WriteTxnMarkers).</summary>
/// <param name="Epoch">Of the transaction's data under the first protocol; one more under the second, and for a transaction that was fenced.</param>
/// <param name="CoordinatorEpoch">The incarnation of the coordinator that says so: one that was replaced is refused.</param>
/// <param name="TransactionVersion">0 or 1: the first protocol. 2: KIP-890, where a marker of the participant's own epoch is a late one.</param>
public readonly record struct EndMarker(ProducerId ProducerId, ProducerEpoch Epoch, bool Commit, int CoordinatorEpoch, short TransactionVersion);
