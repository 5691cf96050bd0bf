using Semel.Client.Errors;

namespace Semel.Client.Grouping.Offsets;

/// <summary>
/// One commit from its begin to its end, over as many attempts as it takes (C-44). Pure: told what was answered, it says what comes next. What succeeded is not sent
/// again, and what is given up with a reason is told when the rest has ended.
/// </summary>
internal sealed class CommitWork
{
    readonly SortedDictionary<TopicPartition, OffsetToCommit> _left = new(PartitionOrder.ByName);
    readonly List<(TopicPartition Partition, ErrorCode Code)> _refused = [];
    readonly List<TopicPartition> _dropped = [];

    public CommitWork(IEnumerable<OffsetToCommit> offsets)
    {
        foreach (var offset in offsets) _left[offset.Partition] = offset;
    }

    /// <summary>What is still to be committed.</summary>
    public IReadOnlyCollection<OffsetToCommit> Left => _left.Values;
    public IEnumerable<TopicPartition> Partitions => _left.Keys;
    /// <summary>What was not committed because it went to another member while the commit waited for a rebalance.</summary>
    public IReadOnlyList<TopicPartition> Dropped => _dropped;
    /// <summary>The last thing that kept the rest from being committed.</summary>
    public ErrorCode LastError { get; private set; }

    /// <summary>Gives up what is not ours any more.</summary>
    public void Drop(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions.ToArray())
            if (_left.Remove(partition)) _dropped.Add(partition);
    }

    /// <summary>Gives up what repeating does not help.</summary>
    public void Refuse(TopicPartition partition, ErrorCode code)
    {
        if (_left.Remove(partition)) _refused.Add((partition, code));
    }

    /// <param name="answers">What the coordinator left out is not committed, and asked again.</param>
    /// <returns>What is to be done for what is left, of several things the one that matters most; to succeed when nothing is.</returns>
    public CommitReaction Take(IReadOnlyDictionary<TopicPartition, ErrorCode> answers)
    {
        var next = CommitReaction.Succeed;
        foreach (var partition in _left.Keys.ToArray())
        {
            var code = answers.TryGetValue(partition, out var said) ? said : ErrorCode.NetworkException;
            var reaction = ErrorTable.Of(code).Commit;
            if (reaction == CommitReaction.Succeed) _left.Remove(partition);
            else if (reaction == CommitReaction.Surface) Refuse(partition, code);
            else if (reaction >= next)
            {
                next = reaction;
                // That nobody answered tells less than what somebody did.
                if (code != ErrorCode.NetworkException || LastError == ErrorCode.None) LastError = code;
            }
        }
        return _left.Count == 0 ? CommitReaction.Succeed : next;
    }

    /// <summary>Not a member any more.</summary>
    public CommitFailedException Failed(string group, ErrorCode code, string reason) =>
        new(new Error(code, $"group '{group}': the offsets of {string.Join(", ", Partitions)} are not committed: {reason}. Whoever has them now reads those records again"), [.. Partitions]);

    /// <summary>The time is over.</summary>
    public KafkaException TimedOut(string group, TimeSpan timeout, string? reason) =>
        new(new Error(LastError, $"group '{group}': the offsets of {string.Join(", ", Partitions)} are not committed within default.api.timeout.ms={timeout.TotalMilliseconds:0}: {reason ?? LastError.ToString()}"), ErrorClass.Retriable);

    /// <exception cref="KafkaException">Something was given up with a reason.</exception>
    public void ThrowIfRefused(string group)
    {
        if (_refused.Count == 0) return;
        var code = _refused[0].Code;
        var each = string.Join(", ", _refused.Select(static one => $"{one.Partition} ({one.Code})"));
        throw new KafkaException(new Error(code, $"group '{group}': these offsets are not committed: {each}. {Remedy(code)}"), code == ErrorCode.FencedInstanceId ? ErrorClass.Fenced : ErrorTable.Of(code).Class);
    }

    static string Remedy(ErrorCode code) => code switch
    {
        ErrorCode.OffsetMetadataTooLarge => "Their metadata is longer than the broker's offset.metadata.max.bytes",
        ErrorCode.InvalidCommitOffsetSize => "They do not fit into one record of the broker's log: commit fewer at once, or shorter metadata",
        ErrorCode.FencedInstanceId => "Another process uses this group.instance.id",
        ErrorCode.UnknownTopicId => "The topic was deleted and created again: offsets of the old one mean nothing in the new one",
        ErrorCode.UnknownMemberId => "The group has members, and this client is none: use another group.id, or subscribe",
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed => "This client has no right to it",
        _ => "Repeating does not help",
    };
}
