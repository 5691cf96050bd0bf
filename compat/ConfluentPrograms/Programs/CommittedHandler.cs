namespace ConfluentPrograms;

/// <summary>A handler that is told what automatic commits have committed.</summary>
public static class CommittedHandler
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        Setup.Fill(servers, topic, 3);
        var last = "";
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, topic + "-group")) { AutoCommitIntervalMs = 100 })
            .SetOffsetsCommittedHandler((_, committed) =>
            {
                foreach (var place in committed.Offsets)
                    if (place.Offset >= 0) last = $"{committed.Error.Code}: partition {place.Partition.Value} to {place.Offset.Value}, {place.Error.Code}";
            }).Build();
        consumer.Subscribe(topic);
        for (var read = 0; read < 3; read++) Setup.Next(consumer);
        for (var began = DateTime.UtcNow; !last.Contains("to 3") && DateTime.UtcNow - began < Setup.Patience;) consumer.Consume(50);
        var found = consumer.Committed([new TopicPartition(topic, 0)], Setup.Patience)[0].Offset.Value;
        consumer.Close();
        return [last, $"the group has {found}"];
    }
}
