using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>What a coordinator has said yes to: a producer may write to a partition, by this guard, as long as its transaction is open.</summary>
internal readonly record struct AdmittedWrite(TopicId Topic, int Partition, long Guard, ProducerId ProducerId, ProducerEpoch Epoch);
