using Semel.Client.Administration;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Errors;

namespace Semel.Client.Consuming.Reading;

/// <summary>What the application asks the brokers about partitions, each question in one request per leader. Thread safe.</summary>
internal sealed class OffsetQuestions(ClusterConnections connections, ConsumerOptions options)
{
    /// <summary>Records that are left are counted up to here; beyond, offsets have to do.</summary>
    const int CountedBytes = 4 << 20;

    readonly OffsetLookup _lookup = new(connections);

    public async ValueTask<WatermarkOffsets> WatermarksAsync(TopicPartition partition, CancellationToken cancellation)
    {
        var answers = await AskAsync([(partition, OffsetQuery.Earliest), (partition, OffsetQuery.Latest)], cancellation).ConfigureAwait(false);
        return new WatermarkOffsets(answers[0].Offset, answers[1].Offset);
    }

    public async Task<Dictionary<TopicPartition, long>> EndsAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation)
    {
        var answers = await AskAsync([.. partitions.Select(static partition => (partition, OffsetQuery.Latest))], cancellation).ConfigureAwait(false);
        return answers.ToDictionary(static answer => answer.Partition, static answer => answer.Offset);
    }

    public async ValueTask<IReadOnlyList<TopicPartitionOffset>> AtTimesAsync(IReadOnlyCollection<TopicPartitionTimestamp> times, CancellationToken cancellation)
    {
        foreach (var time in times)
            if (time.Timestamp.UnixMilliseconds < 0) throw new ArgumentException($"the timestamp for {time.TopicPartition} is not set or lies before 1970", nameof(times));
        var answers = await AskAsync([.. times.Select(time => (time.TopicPartition, new OffsetQuery(time.Timestamp.UnixMilliseconds)))], cancellation).ConfigureAwait(false);
        return [.. answers.Select(answer => new TopicPartitionOffset(answer.Partition, answer.Offset >= 0 ? answer.Offset : Offset.End))];
    }

    /// <summary>Records that a reader of this isolation level still gets from the offset on; offsets when there are too many to be counted.</summary>
    public async ValueTask<long> RecordsLeftAsync(TopicPartition partition, long from, CancellationToken cancellation)
    {
        var ends = await EndsAsync([partition], cancellation).ConfigureAwait(false);
        var offsets = Math.Max(0, ends[partition] - from);
        if (offsets == 0) return 0;
        var left = await new RecordsLeft(new AdminCalls(connections, options.ApiTimeout), options.Isolation).CountAsync(partition, from, CountedBytes, cancellation).ConfigureAwait(false);
        return left.IsExact ? left.Records : offsets;
    }

    async Task<IReadOnlyList<OffsetAnswer>> AskAsync(IReadOnlyList<(TopicPartition, OffsetQuery)> questions, CancellationToken cancellation)
    {
        var answers = await _lookup.AskAsync(questions, options.Isolation, options.ApiTimeout, cancellation).ConfigureAwait(false);
        foreach (var answer in answers)
            if (!answer.IsSuccess) throw new KafkaException(new Error(answer.Error, answer.Reason!), ErrorTable.Of(answer.Error).Class);
        return [.. answers.Select(static answer => answer.Value)];
    }
}
