using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>
/// A transaction has been open for longer than any may be: whoever coordinates it shall be asked, and when no coordinator knows it, for certain, it is to be aborted here. Comes
/// again until the transaction has ended.
/// </summary>
/// <param name="Epoch">Of the transaction's data.</param>
/// <param name="CoordinatorEpoch">Of the last marker of this producer here: what a marker has to have at least; -1 when there was none.</param>
public sealed record AskAboutTransaction(ProducerId ProducerId, ProducerEpoch Epoch, int CoordinatorEpoch) : Effect;
