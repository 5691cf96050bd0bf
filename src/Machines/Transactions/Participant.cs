using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>What takes part in a transaction and is told its end. The coordinator keeps it and compares it, and looks at nothing in it.</summary>
public enum ParticipantKind : byte
{
    /// <summary>A partition of a topic.</summary>
    Partition,
    /// <summary>A partition of the topic of committed offsets: all groups whose offsets are kept there.</summary>
    Offsets,
}

/// <summary>One participant of a transaction.</summary>
/// <param name="TopicId">Which incarnation of the topic: a topic that was made anew has no part in what its predecessor had.</param>
public readonly record struct Participant(ParticipantKind Kind, string Topic, TopicId TopicId, int Partition)
{
    /// <summary>Requests and records name a topic and nothing else: the name tells the kind.</summary>
    public static Participant Of(string topic, TopicId topicId, int partition) =>
        new(topic == InternalTopic.Groups ? ParticipantKind.Offsets : ParticipantKind.Partition, topic, topicId, partition);
}
