using Semel.Broker.Topics;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Finds a participant by its topic's incarnation: a topic that was deleted has nothing left to end, and one that was made anew under the name has nothing to do with it.
/// </summary>
internal sealed class ParticipantTable(TopicRegistry topics) : IParticipants
{
    static readonly Task<ErrorCode> Gone = Task.FromResult(ErrorCode.None);

    public Task<ErrorCode> EndAsync(Participant participant, EndMarker marker)
    {
        // Records that were not written here know only names.
        var isThere = participant.TopicId.IsNone ? topics.TryFind(participant.Topic, out var topic) : topics.TryFind(participant.TopicId, out topic);
        return isThere && topic!.Find(participant.Partition) is { } partition ? partition.EndTransactionAsync(marker) : Gone;
    }
}
