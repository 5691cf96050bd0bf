using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Testing.Simulation;

/// <summary>What a Produce request says of one partition: the batch's bytes are a copy, as after a way over the network.</summary>
internal readonly record struct ProducePart(int Partition, TopicId TopicId, byte[] Bytes);

/// <summary>A Produce request as it arrives. One that arrives twice is two of these.</summary>
internal sealed record ProduceMessage(IReadOnlyList<ProducePart> Parts)
{
    /// <summary>The same bytes again: the broker stamps the ones it was given.</summary>
    public ProduceMessage Copy() => new([.. Parts.Select(static part => part with { Bytes = (byte[])part.Bytes.Clone() })]);
}

/// <summary>The answer to one, in the order of its parts.</summary>
internal sealed record ProduceReply(IReadOnlyList<PartitionAnswer> Answers);

internal readonly record struct ProducerIdReply(ErrorCode Error, ProducerId ProducerId);
