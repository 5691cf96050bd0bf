using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>What a partition says of its producers, or why it does not.</summary>
internal sealed record DescribedProducers(ErrorCode Error, string? Message, IReadOnlyList<ProducerDescription> Producers);
