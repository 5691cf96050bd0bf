namespace Semel.Broker.Hosting;

/// <summary>The settings of the transaction coordinator, by Kafka's names. Part of <see cref="BrokerConfigTable"/>.</summary>
internal static class TransactionConfigs
{
    public static BrokerConfigEntry[] All { get; } =
    [
        BrokerConfigEntry.Int("transaction.state.log.num.partitions", 1, 10_000, "How many partitions the topic __transaction_state gets when it is made. One that is there keeps what it has.",
            static (options, value) => options with { TransactionTopic = options.TransactionTopic with { PartitionCount = value } }, static options => options.TransactionTopic.PartitionCount),
        BrokerConfigEntry.Int("transaction.state.log.segment.bytes", 1 << 20, int.MaxValue, "The segment.bytes of the topic __transaction_state when it is made.",
            static (options, value) => options with { TransactionTopic = options.TransactionTopic with { SegmentBytes = value } }, static options => options.TransactionTopic.SegmentBytes),
        BrokerConfigEntry.Milliseconds("transaction.max.timeout.ms", 1, "The longest transaction.timeout.ms that a producer may ask for. What its open transaction has written holds back read_committed readers for so long.",
            static (options, value) => options with { Transactions = options.Transactions with { LongestTimeout = value } }, static options => options.Transactions.LongestTimeout),
        BrokerConfigEntry.Milliseconds("transactional.id.expiration.ms", 1, "After how many milliseconds without a transaction a transactional id is forgotten. Never while a connection that used it is open.",
            static (options, value) => options with { Transactions = options.Transactions with { IdExpiration = value } }, static options => options.Transactions.IdExpiration),
        BrokerConfigEntry.Milliseconds("transaction.abort.timed.out.transaction.cleanup.interval.ms", 1, "How many milliseconds a transaction whose time is not over yet is left alone after a start. One that is open for too long is aborted at the moment when its time is over.",
            static (options, value) => options with { Transactions = options.Transactions with { GraceAfterLoading = value } }, static options => options.Transactions.GraceAfterLoading),
        BrokerConfigEntry.Milliseconds("transaction.remove.expired.transaction.cleanup.interval.ms", 1, "How many milliseconds lie between two searches for transactional ids to forget.",
            static (options, value) => options with { Transactions = options.Transactions with { ExpirationSearchInterval = value } }, static options => options.Transactions.ExpirationSearchInterval),
        BrokerConfigEntry.Milliseconds("add.partitions.to.txn.retry.backoff.ms", 1, "How many milliseconds a write waits before it asks again for its partition to be added to a transaction, while the one before is being ended.",
            static (options, value) => options with { AddPartitionsPause = value }, static options => options.AddPartitionsPause),
        BrokerConfigEntry.Milliseconds("add.partitions.to.txn.retry.backoff.max.ms", 0, "How many milliseconds a write waits for that in all before its client is told to try again.",
            static (options, value) => options with { AddPartitionsLongestWait = value }, static options => options.AddPartitionsLongestWait),
    ];
}
