namespace ConfluentPrograms.Faults;

/// <summary>A producer in a using, as every other disposable thing: what was produced last is on its way when the block ends.</summary>
public static class DisposedWithRecords
{
    public static IEnumerable<string> Run(string servers, string name, Action<string> network)
    {
        var topic = Setup.Topic(servers, name, 1);
        var reported = 0;
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, LingerMs = 200 }).Build())
            for (var number = 0; number < 10; number++) producer.Produce(topic, new Message<Null, string> { Value = $"{number}" },
                _ => Interlocked.Increment(ref reported));
        return [$"in the log: {Setup.ReadAll(servers, topic).Count}, reported: {reported}"];
    }
}
