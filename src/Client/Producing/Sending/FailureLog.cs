using Microsoft.Extensions.Logging;

namespace Semel.Client.Producing.Sending;

/// <summary>Failures that nobody awaits, once per second and topic at most, with the number of records of all that were left out. Not thread safe.</summary>
internal sealed class FailureLog(ILogger logger, Func<TimeSpan> now)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    readonly Dictionary<string, (TimeSpan LastTold, int Untold)> _topics = new(StringComparer.Ordinal);

    public void Tell(TopicPartition partition, int records, Verdict verdict)
    {
        var isKnown = _topics.TryGetValue(partition.Topic, out var topic);
        var untold = topic.Untold + records;
        var moment = now();
        if (isKnown && moment - topic.LastTold < Interval)
        {
            _topics[partition.Topic] = topic with { Untold = untold };
            return;
        }
        _topics[partition.Topic] = (moment, 0);
        Log.UnobservedFailure(logger, partition, untold, verdict.Status, verdict.Error?.Reason ?? "");
    }
}
