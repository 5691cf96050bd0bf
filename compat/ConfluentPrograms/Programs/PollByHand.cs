namespace ConfluentPrograms;

/// <summary>Handlers on the program's own thread, a queue that is full, and a second type over the same connections.</summary>
public static class PollByHand
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        var config = new ProducerConfig { BootstrapServers = servers, EnableBackgroundPoll = false, QueueBufferingMaxMessages = 3, LingerMs = 1 };
        using var producer = new ProducerBuilder<Null, string>(config).Build();
        var thread = Environment.CurrentManagedThreadId;
        var (told, here) = (0, true);
        void Count(bool isHere) => (told, here) = (told + 1, here && isHere);
        for (var number = 0; number < 3; number++)
            producer.Produce(new TopicPartition(topic, 0), new Message<Null, string> { Value = $"{number}" },
                _ => Count(Environment.CurrentManagedThreadId == thread));
        try
        {
            producer.Produce(topic, new Message<Null, string> { Value = "one too many" });
        }
        catch (ProduceException<Null, string> full)
        {
            seen.Add($"{full.Error.Code}, {full.DeliveryResult.Status}, {full.DeliveryResult.Message.Value}");
        }
        for (var began = DateTime.UtcNow; told < 3 && DateTime.UtcNow - began < Setup.Patience;) producer.Poll(TimeSpan.FromMilliseconds(100));
        seen.Add($"told {told}, on this thread: {here}");
        using (var numbers = new DependentProducerBuilder<int, long>(producer.Handle).Build())
        {
            numbers.Produce(new TopicPartition(topic, 0), new Message<int, long> { Key = 1, Value = 2 },
                report => seen.Add($"{report.Key}: {report.Value} at {report.Offset.Value}"));
            seen.Add($"left {numbers.Flush(Setup.Patience)}");
        }
        // The one that shares its connections goes on.
        producer.Produce(new TopicPartition(topic, 0), new Message<Null, string> { Value = "last" },
            report => seen.Add($"{report.Message.Value} at {report.Offset.Value}"));
        producer.Flush(Setup.Patience);
        return seen;
    }
}
