namespace ConfluentPrograms.Faults;

/// <summary>The broker's answer does not come in time; the program believes what it is told of the record, and sends it again when that is harmless.</summary>
public static class TimedOutAndSentAgain
{
    public static IEnumerable<string> Run(string servers, string name, Action<string> network)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true,
            MessageTimeoutMs = 2000, LingerMs = 0 }).Build();
        producer.ProduceAsync(topic, new Message<Null, string> { Value = "before" }).GetAwaiter().GetResult();
        network("Produce:answer:delay=20000");
        try
        {
            producer.ProduceAsync(topic, new Message<Null, string> { Value = "payment" }).GetAwaiter().GetResult();
        }
        catch (ProduceException<Null, string> failure)
        {
            network("");
            seen.Add($"{failure.Error.Code}: {failure.DeliveryResult.Status}");
            if (failure.DeliveryResult.Status == PersistenceStatus.NotPersisted)
            {
                using var other = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true }).Build();
                other.ProduceAsync(topic, new Message<Null, string> { Value = "payment" }).GetAwaiter().GetResult();
            }
        }
        seen.Add($"payments in the log: {Setup.ReadAll(servers, topic).Count(value => value == "payment")}");
        return seen;
    }
}
