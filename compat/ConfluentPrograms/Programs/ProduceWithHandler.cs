namespace ConfluentPrograms;

/// <summary>Fire and forget with a delivery handler, and a flush at the end.</summary>
public static class ProduceWithHandler
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = servers, LingerMs = 1 }).Build();
        for (var number = 0; number < 5; number++)
            producer.Produce(topic, new Message<string, string> { Key = $"key {number}", Value = $"value {number}" },
                report => seen.Add($"{report.Message.Value} at {report.Offset.Value}: {report.Status}, {report.Error.Code}"));
        var left = producer.Flush(Setup.Patience);
        return [.. seen, $"left: {left}", .. Setup.ReadAll(servers, topic)];
    }
}
