using Semel.Client.Errors;

namespace Semel.Client.Grouping.Offsets;

/// <summary>One question for offsets from its begin to its end, over as many attempts as it takes. Pure: an error is never taken for "no offset".</summary>
internal sealed class FetchWork(IEnumerable<TopicPartition> partitions)
{
    readonly SortedSet<TopicPartition> _left = new(partitions, PartitionOrder.ByName);
    readonly Dictionary<TopicPartition, StoredOffset> _found = [];
    (TopicPartition Partition, ErrorCode Code)? _refused;
    string? _reason;

    /// <summary>Of which nothing is known yet.</summary>
    public IReadOnlyCollection<TopicPartition> Left => _left;
    public IReadOnlyDictionary<TopicPartition, StoredOffset> Found => _found;
    public ErrorCode LastError { get; private set; }

    public Dictionary<TopicPartition, OffsetsExchange.Told> All(ErrorCode code) => _left.ToDictionary(static partition => partition, _ => new OffsetsExchange.Told(code, null));

    public void Take(IReadOnlyDictionary<TopicPartition, OffsetsExchange.Told> answers, string? lost)
    {
        _reason = lost;
        foreach (var partition in _left.ToArray())
        {
            // What the coordinator left out is asked again.
            if (!answers.TryGetValue(partition, out var told))
            {
                LastError = ErrorCode.UnknownServerError;
                continue;
            }
            if (told.Error == ErrorCode.None)
            {
                _left.Remove(partition);
                if (told.Offset is { } offset) _found[partition] = offset;
                continue;
            }
            // That nobody answered tells less than what somebody did.
            if (told.Error != ErrorCode.NetworkException || LastError == ErrorCode.None) LastError = told.Error;
            if (ErrorTable.Of(told.Error).Commit == CommitReaction.Surface) _refused ??= (partition, told.Error);
        }
    }

    public void ThrowIfRefused(string group)
    {
        if (_refused is var (partition, code))
            throw new KafkaException(new Error(code, $"group '{group}': what is committed for {partition} cannot be told: {code}. {_reason}".TrimEnd()), ErrorTable.Of(code).Class);
    }

    public KafkaException TimedOut(string group, TimeSpan limit) =>
        new(new Error(LastError, $"group '{group}': what is committed for {string.Join(", ", _left)} was not told within {limit.TotalMilliseconds:0} ms: {_reason ?? LastError.ToString()}"), ErrorClass.Retriable);
}
