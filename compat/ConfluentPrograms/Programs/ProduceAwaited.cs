namespace ConfluentPrograms;

/// <summary>Each record awaited, failures as exceptions.</summary>
public static class ProduceAwaited
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 2);
        return RunAsync(servers, topic).GetAwaiter().GetResult();
    }

    static async Task<List<string>> RunAsync(string servers, string topic)
    {
        var seen = new List<string>();
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = servers, LingerMs = 1, Acks = Acks.All }).Build();
        // A key's place is a promise: CRC-32 of the key, as with Confluent.Kafka.
        foreach (var key in new[] { "a", "b", "c", "order-17", "order-18" })
        {
            var result = await producer.ProduceAsync(topic, new Message<string, string> { Key = key, Value = "v" });
            seen.Add($"{key}: partition {result.Partition.Value}, offset {result.Offset.Value}, {result.Status}");
        }
        try
        {
            await producer.ProduceAsync(new TopicPartition(topic, 7), new Message<string, string> { Value = "nowhere" });
        }
        catch (ProduceException<string, string> failure)
        {
            seen.Add($"{failure.Error.Code}, {failure.DeliveryResult.Status}, {failure.DeliveryResult.Message.Value}, {failure.DeliveryResult.Offset == Offset.Unset}");
        }
        try
        {
            await producer.ProduceAsync(topic, new Message<string, string> { Value = new string('x', 2_000_000) });
        }
        catch (ProduceException<string, string> failure)
        {
            seen.Add($"{failure.Error.Code}, {failure.DeliveryResult.Status}");
        }
        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => producer.ProduceAsync(new TopicPartition(topic, 0),
            new Message<string, string> { Value = $"{number}" })));
        seen.Add($"in order: {all.Zip(all.Skip(1)).All(pair => pair.First.Offset.Value + 1 == pair.Second.Offset.Value)}");
        return seen;
    }
}
