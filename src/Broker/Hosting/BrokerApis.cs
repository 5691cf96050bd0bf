using Microsoft.Extensions.Logging;
using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Handlers.Fetch;
using Semel.Broker.Handlers.Fetch.Sessions;
using Semel.Broker.Handlers.Groups;
using Semel.Broker.Handlers.Produce;
using Semel.Broker.Handlers.Topics;
using Semel.Broker.Handlers.Transactions;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;

namespace Semel.Broker.Hosting;

/// <summary>All APIs that this broker answers. What ApiVersions tells is made out of this table and nothing else.</summary>
internal static class BrokerApis
{
    public static HandlerTable Build(BrokerOptions options, BrokerNode node, TopicRegistry topics, ProducerIdSource producerIds, TransactionCoordinator transactions, GroupCoordinator groups, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        // Made when somebody asks: the table takes longer to build than everything else at the start.
        var configs = new Lazy<IReadOnlyList<BrokerConfigDescription>>(() =>
            [.. BrokerConfigTable.All.Select(entry => new BrokerConfigDescription(entry.Name, entry.Value(options), entry.Default, entry.Type, entry.Documentation))]);
        var reads = new ReadJournal(time, logger);
        IHandler[] handlers =
        [
            new ProduceHandler(topics, producerIds, transactions, new ProduceJournal(time, logger), time),
            new FetchHandler(topics, reads, new FetchMemory(options.QueuedMaxFetchBytes), new FetchSessionCache(options.FetchSessionSlots, static () => Random.Shared.Next(), time), options.FetchMaxBytes, time, stopping),
            new OffsetForLeaderEpochHandler(topics, time),
            new ListOffsetsHandler(topics, reads, time),
            new MetadataHandler(topics, node, options.AutoCreateTopics, time),
            new FindCoordinatorHandler(topics, node, time),
            new CreateTopicsHandler(topics, time),
            new DeleteTopicsHandler(topics, time),
            new DeleteRecordsHandler(topics, producerIds, time, logger),
            new InitProducerIdHandler(producerIds, transactions, time),
            new DescribeConfigsHandler(topics, node, configs),
            new DescribeClusterHandler(node),
            new DescribeProducersHandler(topics, time),
            new AddPartitionsToTxnHandler(transactions, topics, time),
            new AddOffsetsToTxnHandler(transactions, groups, topics, time),
            new EndTxnHandler(transactions, time),
            new WriteTxnMarkersHandler(topics, transactions, time),
            new DescribeTransactionsHandler(transactions, time),
            new ListTransactionsHandler(transactions, time),
            .. OfGroups(groups),
            new TxnOffsetCommitHandler(groups, transactions, time),
        ];
        return new HandlerTable([.. handlers, new ApiVersionsHandler(handlers, node)]);
    }

    static IHandler[] OfGroups(GroupCoordinator groups) =>
    [
        new JoinGroupHandler(groups),
        new SyncGroupHandler(groups),
        new HeartbeatHandler(groups),
        new LeaveGroupHandler(groups),
        new OffsetCommitHandler(groups),
        new OffsetFetchHandler(groups),
        new OffsetDeleteHandler(groups),
        new ListGroupsHandler(groups),
        new DescribeGroupsHandler(groups),
        new ConsumerGroupHeartbeatHandler(groups),
        new ConsumerGroupDescribeHandler(groups),
        new DeleteGroupsHandler(groups),
    ];
}
