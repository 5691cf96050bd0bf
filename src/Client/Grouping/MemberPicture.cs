using Semel.Client.Grouping.Kip848;
using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping;

/// <summary>A membership at one moment. Immutable.</summary>
/// <param name="IsMember">Whether the coordinator counts it as one, as far as we can know.</param>
/// <param name="SpeaksConsumer">Whether it speaks the protocol of KIP-848.</param>
/// <param name="Stamp">The number of the last assignment.</param>
/// <param name="Failure">Why it has ended, when it has and does not try again.</param>
internal sealed record MemberPicture(bool IsMember, bool SpeaksConsumer, IReadOnlyDictionary<TopicPartition, OwnedPartition> Owned, int OwnedVersion, long Stamp, ConsumerGroupMetadata Metadata, KafkaException? Failure)
{
    public static MemberPicture Before(GroupOptions options, Confirmations confirmations) =>
        new(false, false, new Dictionary<TopicPartition, OwnedPartition>(), 0, 0, new ConsumerGroupMetadata(options.GroupId, -1, "", options.InstanceId, confirmations.Standing(0)), null);

    /// <summary>This one when nothing has changed.</summary>
    public MemberPicture Next(MembershipMachine machine, Confirmations confirmations)
    {
        var state = machine.State;
        var isSame = OwnedVersion == state.Ownership.Version;
        var metadata = Metadata;
        // Who is no member at the moment commits under its old name: without one, a coordinator would take offsets from anybody while the group is empty.
        if (state.IsMember && (metadata.GenerationId != state.Epoch || metadata.MemberId != state.MemberId || !isSame))
            metadata = new ConsumerGroupMetadata(state.Options.GroupId, state.Epoch, state.MemberId, state.Options.InstanceId, confirmations.Standing(state.Ownership.Stamp));
        var speaksConsumer = machine.Protocol is ConsumerMembership;
        if (isSame && ReferenceEquals(metadata, Metadata) && IsMember == state.IsMember && SpeaksConsumer == speaksConsumer && ReferenceEquals(Failure, state.Failure)) return this;
        return new MemberPicture(state.IsMember, speaksConsumer, isSame ? Owned : new Dictionary<TopicPartition, OwnedPartition>(state.Ownership.Owned), state.Ownership.Version, state.Ownership.Stamp, metadata, state.Failure);
    }

    /// <summary>Whether all of these have been ours since the assignment of that number, without a break.</summary>
    public bool OwnsSince(IEnumerable<TopicPartition> partitions, long stamp) => partitions.All(partition => Owned.TryGetValue(partition, out var owned) && owned.Since <= stamp);
}
