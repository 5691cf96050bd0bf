using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Offsets;

/// <summary>OffsetCommit and the last step of TxnOffsetCommit: which of the offsets are recorded, and what each partition is told.</summary>
internal static class CommitDecision
{
    /// <summary>The version of a value that has its topic's id.</summary>
    public const short ValueVersion = 4;

    /// <param name="refusal">Why nothing may be committed, whatever the group says; topics that are not there are told first all the same.</param>
    public static OffsetErrors Decide(CommitOffsets command, Group? group, GroupTurn turn, ErrorCode refusal = ErrorCode.None)
    {
        var committer = new Committer(command.GenerationOrEpoch, command.MemberId, command.InstanceId, command is CommitTransactional, command.Version);
        var admission = refusal == ErrorCode.None ? CommitRule.Admit(group, committer) : new(refusal);
        if (turn.Fault == PlantedFault.GenerationNotChecked && admission.Error == ErrorCode.IllegalGeneration) admission = CommitAdmission.Admitted;
        if (admission == CommitAdmission.Admitted || admission.ByPartition) group?.Body?.Heard(committer, turn);
        var errors = new IReadOnlyList<ErrorCode>[command.Topics.Count];
        for (var topic = 0; topic < errors.Length; topic++) errors[topic] = Decide(command, command.Topics[topic], group, committer, admission, turn);
        return new(ErrorCode.None, errors);
    }

    static ErrorCode[] Decide(CommitOffsets command, TopicCommit asked, Group? group, in Committer committer, CommitAdmission admission, GroupTurn turn)
    {
        var errors = new ErrorCode[asked.Partitions.Count];
        var missing = OffsetTarget.Find(turn.Catalog, asked.Name, asked.TopicId, out var topic);
        for (var i = 0; i < errors.Length; i++)
        {
            var commit = asked.Partitions[i];
            errors[i] = missing != ErrorCode.None ? missing
                : !OffsetTarget.HasPartition(topic, commit.Partition) ? ErrorCode.UnknownTopicOrPartition
                : !IsAdmitted(admission, group, committer, topic.TopicId, commit.Partition) ? admission.Error
                : commit.Metadata is { } metadata && metadata.Length > turn.Options.OffsetMetadataMaxBytes ? ErrorCode.OffsetMetadataTooLarge
                : ErrorCode.None;
            if (errors[i] == ErrorCode.None) Record(command, topic.Name, topic.TopicId, commit, turn);
        }
        return errors;
    }

    static bool IsAdmitted(CommitAdmission admission, Group? group, in Committer committer, TopicId topicId, int partition) =>
        admission.ByPartition ? group!.Body!.AdmitsPartition(committer, topicId, partition) : admission.Error == ErrorCode.None;

    static void Record(CommitOffsets command, string topic, TopicId topicId, in PartitionCommit commit, GroupTurn turn)
    {
        var now = turn.Now.Wall.UnixMilliseconds;
        turn.Records.Put(
            new OffsetCommitKey { Group = command.GroupId, Topic = topic, Partition = commit.Partition },
            new OffsetCommitValue
            {
                Offset = commit.Offset,
                LeaderEpoch = commit.LeaderEpoch,
                Metadata = commit.Metadata ?? "",
                CommitTimestamp = now,
                KeptUntilTimestamp = command.RetentionMs < 0 ? -1 : command.RetentionMs > long.MaxValue - now ? long.MaxValue : now + command.RetentionMs,
                TopicId = topicId,
            },
            ValueVersion);
    }
}
