namespace ConfluentPrograms.Faults;

/// <summary>A consumer reads all that there is and commits each record; whoever watches its lag expects none.</summary>
public static class LagForEver
{
    public static IEnumerable<string> Run(string servers, string name, Action<string> network)
    {
        var topic = Setup.Topic(servers, name, 1);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name,
            LingerMs = 0 }).Build())
        {
            producer.InitTransactions(Setup.Patience);
            producer.BeginTransaction();
            for (var number = 0; number < 3; number++) producer.Produce(topic, new Message<Null, string> { Value = $"{number}" });
            producer.CommitTransaction(Setup.Patience);
        }
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers,
            topic + "-group")) { EnableAutoCommit = false }).Build();
        consumer.Subscribe(topic);
        for (var read = 0; read < 3; read++) consumer.Commit(Setup.Next(consumer));
        var partition = new TopicPartition(topic, 0);
        var lag = consumer.QueryWatermarkOffsets(partition, Setup.Patience).High - consumer.Committed([partition], Setup.Patience)[0].Offset;
        consumer.Close();
        return [$"lag: {lag}"];
    }
}
