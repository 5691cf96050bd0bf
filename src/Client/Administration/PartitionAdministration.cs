using Semel.Client.Connections;
using Semel.Client.Consuming.Reading;
using Semel.Client.Consuming;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Administration;

/// <summary>What only the leader of a partition can tell or do.</summary>
internal sealed class PartitionAdministration(AdminCalls calls)
{
    readonly OffsetLookup _offsets = new(calls.Connections);

    public async Task<IReadOnlyList<AdminResult<TopicPartition, long>>> DeleteRecordsAsync(IReadOnlyCollection<TopicPartitionOffset> before, CancellationToken cancellation)
    {
        TopicPartitionOffset[] items = [.. before];
        foreach (var item in items)
            if (item.Offset.Value < 0 && item.Offset != Offset.End) throw new ArgumentException($"{item}: only an offset from 0 on or Offset.End can be deleted up to", nameof(before));
        var answers = await calls.Leaders.AskAsync<TopicPartitionOffset, long>(items, static item => item.TopicPartition, DeleteRecordsAsync, calls.ApiTimeout, cancellation).ConfigureAwait(false);
        return Results(items, static item => item.TopicPartition, answers, "its records cannot be deleted");
    }

    async Task<IReadOnlyList<LeaderAnswer<long>>> DeleteRecordsAsync(BrokerConnection leader, IReadOnlyList<(TopicPartitionOffset Item, int LeaderEpoch)> items, BoundedCall call)
    {
        if (leader.BestVersion<DeleteRecordsRequest, DeleteRecordsResponse>() is not { } version) return NotOffered<TopicPartitionOffset, long>(items, leader, ApiKey.DeleteRecords);
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = (int)call.RequestTimeout.TotalMilliseconds,
            Topics = [.. items.GroupBy(static item => item.Item.Topic).Select(static topic => new DeleteRecordsRequest.DeleteRecordsTopic
            {
                // -1 is the protocol's word for the high watermark, and Offset.End's value.
                Name = topic.Key, Partitions = [.. topic.Select(static item => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = item.Item.Partition, Offset = item.Item.Offset.Value })],
            })],
        };
        var response = await leader.SendAsync<DeleteRecordsRequest, DeleteRecordsResponse>(request, version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
        var told = new Dictionary<TopicPartition, LeaderAnswer<long>>();
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions) told[new TopicPartition(topic.Name, partition.PartitionIndex)] = new LeaderAnswer<long>(partition.ErrorCode, partition.LowWatermark);
        return InOrder(items, static item => item.TopicPartition, told);
    }

    public async Task<IReadOnlyList<AdminResult<TopicPartition, ListedOffset>>> ListOffsetsAsync(IReadOnlyCollection<(TopicPartition Partition, OffsetSpec Spec)> partitions, IsolationLevel isolation, CancellationToken cancellation)
    {
        (TopicPartition Partition, OffsetQuery Query)[] items = [.. partitions.Select(static item => (item.Partition, new OffsetQuery(item.Spec.Value)))];
        var answers = await _offsets.AskAsync(items, isolation, calls.ApiTimeout, cancellation).ConfigureAwait(false);
        var listed = answers.Select(static answer => new LeaderAnswer<ListedOffset>(answer.Error, Listed(answer.Value), answer.Reason) { IsNotOffered = answer.IsNotOffered }).ToArray();
        return Results(items, static item => item.Partition, listed, "its offsets cannot be listed");
    }

    static ListedOffset Listed(OffsetAnswer answer) =>
        new(answer.Offset >= 0 ? answer.Offset : Offset.Unset, answer.Timestamp >= 0 ? new Timestamp(answer.Timestamp) : default, answer.LeaderEpoch);

    public async Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation)
    {
        TopicPartition[] items = [.. partitions];
        var answers = await calls.Leaders.AskAsync<TopicPartition, IReadOnlyList<ProducerDescription>>(items, static item => item, DescribeProducersAsync,
            calls.ApiTimeout, cancellation, asksReplicas: true).ConfigureAwait(false);
        return Results(items, static item => item, answers, "its producers cannot be described");
    }

    /// <param name="node">Whose word counts, whether it leads or not.</param>
    public async Task<IReadOnlyList<AdminResult<TopicPartition, IReadOnlyList<ProducerDescription>>>> DescribeProducersAtAsync(NodeId node, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation)
    {
        TopicPartition[] items = [.. partitions];
        var (response, _) = await calls.SendAsync<DescribeProducersRequest, DescribeProducersResponse>(calls.Begin(cancellation), one => calls.NodeAsync(node, one), _ => ProducersOf(items), isRepeatable: true, null).ConfigureAwait(false);
        return Results(items, static item => item, InOrder([.. items.Select(static item => (item, -1))], static item => item, Told(response)), $"broker {node} cannot describe its producers");
    }

    static async Task<IReadOnlyList<LeaderAnswer<IReadOnlyList<ProducerDescription>>>> DescribeProducersAsync(BrokerConnection leader, IReadOnlyList<(TopicPartition Item, int LeaderEpoch)> items, BoundedCall call)
    {
        if (leader.BestVersion<DescribeProducersRequest, DescribeProducersResponse>() is not { } version) return NotOffered<TopicPartition, IReadOnlyList<ProducerDescription>>(items, leader, ApiKey.DescribeProducers);
        var response = await leader.SendAsync<DescribeProducersRequest, DescribeProducersResponse>(ProducersOf(items.Select(static item => item.Item)), version, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
        return InOrder(items, static item => item, Told(response));
    }

    static DescribeProducersRequest ProducersOf(IEnumerable<TopicPartition> partitions) => new()
    {
        Topics = [.. partitions.GroupBy(static item => item.Topic).Select(static topic => new DescribeProducersRequest.TopicRequest { Name = topic.Key, PartitionIndexes = [.. topic.Select(static item => item.Partition)] })],
    };

    static Dictionary<TopicPartition, LeaderAnswer<IReadOnlyList<ProducerDescription>>> Told(DescribeProducersResponse response)
    {
        var told = new Dictionary<TopicPartition, LeaderAnswer<IReadOnlyList<ProducerDescription>>>();
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions)
                told[new TopicPartition(topic.Name, partition.PartitionIndex)] = new(partition.ErrorCode, [.. partition.ActiveProducers.Select(Described)],
                    partition.ErrorMessage)
                {
                    IsFinal = partition is { ErrorCode: ErrorCode.KafkaStorageError, ErrorMessage.Length: > 0 },
                };
        return told;
    }

    static ProducerDescription Described(DescribeProducersResponse.ProducerState producer) => new(producer.ProducerId, producer.ProducerEpoch, producer.LastSequence,
        producer.LastTimestamp >= 0 ? new Timestamp(producer.LastTimestamp) : default, producer.CoordinatorEpoch, producer.CurrentTxnStartOffset >= 0 ? producer.CurrentTxnStartOffset : null);

    static LeaderAnswer<TValue>[] InOrder<TItem, TValue>(IReadOnlyList<(TItem Item, int LeaderEpoch)> items, Func<TItem, TopicPartition> partitionOf, Dictionary<TopicPartition, LeaderAnswer<TValue>> told) =>
        [.. items.Select(item => told.TryGetValue(partitionOf(item.Item), out var answer) ? answer : new LeaderAnswer<TValue>(ErrorCode.UnknownServerError, default, "the broker said nothing about it"))];

    static LeaderAnswer<TValue>[] NotOffered<TItem, TValue>(IReadOnlyList<(TItem, int)> items, BrokerConnection leader, ApiKey api) =>
        [.. items.Select(_ => new LeaderAnswer<TValue>(ErrorCode.UnsupportedVersion, default, $"the broker at {leader.Address} offers no version of {api} that this client knows. {NotOfferedRemedy.Of(api)}") { IsNotOffered = true })];

    static AdminResult<TopicPartition, TValue>[] Results<TItem, TValue>(IReadOnlyList<TItem> items, Func<TItem, TopicPartition> partitionOf, IReadOnlyList<LeaderAnswer<TValue>> answers, string what) =>
        [.. items.Select((item, at) => (answers[at].IsSuccess ? new AdminResult<TopicPartition, TValue>(partitionOf(item), answers[at].Value, null)
            : answers[at].IsNotOffered ? new AdminResult<TopicPartition, TValue>(partitionOf(item), default, new KafkaException(new Error(LocalErrorCode.NotOffered, $"{partitionOf(item)}: {what}: {answers[at].Reason}"), ErrorClass.Config))
            : AdminCalls.Failed<TopicPartition, TValue>(partitionOf(item), answers[at].Error, $"{partitionOf(item)}: {what}: {answers[at].Reason ?? answers[at].Error.ToString()}"))
            with { Remark = string.IsNullOrEmpty(answers[at].Reason) ? null : answers[at].Reason })];
}
