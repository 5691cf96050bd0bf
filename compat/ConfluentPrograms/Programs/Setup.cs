namespace ConfluentPrograms;

/// <summary>What each program needs before it begins.</summary>
public static class Setup
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static string Topic(string servers, string name, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }]).GetAwaiter().GetResult();
        return name;
    }

    /// <summary>Values "0", "1", ... to one partition.</summary>
    public static void Fill(string servers, string topic, int records, int partition = 0, int from = 0)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, LingerMs = 1 }).Build();
        for (var number = from; number < from + records; number++) producer.Produce(new TopicPartition(topic, partition),
            new Message<Null, string> { Value = $"{number}" });
        producer.Flush(Patience);
    }

    public static ConsumerConfig Reading(string servers, string group) => new()
    {
        BootstrapServers = servers, GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest, FetchWaitMaxMs = 100, SessionTimeoutMs = 10_000,
    };

    /// <summary>The next record within the patience of a test; null when there is none.</summary>
    public static ConsumeResult<TKey, TValue> Next<TKey, TValue>(IConsumer<TKey, TValue> consumer)
    {
        for (var began = DateTime.UtcNow; DateTime.UtcNow - began < Patience;)
            if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { IsPartitionEOF: false } record) return record;
        return null;
    }

    /// <summary>Everything that a reader with this isolation level finds in a topic of one partition.</summary>
    public static List<string> ReadAll(string servers, string topic, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        var config = new ConsumerConfig(Reading(servers, topic + "-reader")) { EnablePartitionEof = true, IsolationLevel = isolation,
            EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        var found = new List<string>();
        using var limit = new CancellationTokenSource(Patience);
        while (consumer.Consume(limit.Token) is { IsPartitionEOF: false } record) found.Add(record.Message.Value);
        return found;
    }
}
