using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>What a log knows of one producer (KIP-664).</summary>
/// <param name="LastSequence">-1 when only markers of its epoch are known.</param>
/// <param name="CoordinatorEpoch">Of the last marker; -1 when there was none.</param>
/// <param name="CurrentTransactionStartOffset">-1 when no transaction is open.</param>
public readonly record struct ProducerDescription(ProducerId ProducerId, ProducerEpoch Epoch, int LastSequence, long LastTimestamp, int CoordinatorEpoch, long CurrentTransactionStartOffset);
