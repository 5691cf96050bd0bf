namespace ConfluentPrograms.Faults;

/// <summary>Members of a group that read ten records each and close, as workers of a batch job do. Every record has a transaction of its own, so that markers
/// lie between them.</summary>
public static class CloseWithAutomaticCommits
{
    const int Records = 60, Each = 10;

    public static IEnumerable<string> Run(string servers, string name, Action<string> network)
    {
        var topic = Setup.Topic(servers, name, 1);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name,
            LingerMs = 0 }).Build())
        {
            producer.InitTransactions(Setup.Patience);
            for (var number = 0; number < Records; number++)
            {
                producer.BeginTransaction();
                producer.Produce(topic, new Message<Null, string> { Value = $"{number}" });
                producer.CommitTransaction(Setup.Patience);
            }
        }
        var seen = new HashSet<string>();
        for (var member = 0; member < Records / Each + 1; member++)
        {
            using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers,
                topic + "-group")) { EnablePartitionEof = true }).Build();
            consumer.Subscribe(topic);
            for (var read = 0; read < Each && consumer.Consume(Setup.Patience) is { IsPartitionEOF: false } record; read++) seen.Add(record.Message.Value);
            consumer.Close();
        }
        return [$"lost: {seen.Count < Records}"];
    }
}
