namespace ConfluentPrograms;

/// <summary>No automatic commits: the program says what is finished.</summary>
public static class CommitByHand
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        Setup.Fill(servers, topic, 10);
        var seen = new List<string>();
        using (var consumer = Member(servers, topic))
        {
            try
            {
                consumer.Commit();
            }
            catch (KafkaException nothing)
            {
                seen.Add($"{nothing.Error.Code}");
            }
            for (var number = 0; number < 4; number++) Setup.Next(consumer);
            seen.AddRange(consumer.Commit().Select(place => $"committed {place.Offset.Value}"));
            var fifth = Setup.Next(consumer);
            consumer.Commit(fifth);
            seen.Add($"position {consumer.Position(fifth.TopicPartition).Value}");
            Setup.Next(consumer);
            consumer.Close();
        }
        using (var consumer = Member(servers, topic))
        {
            var next = Setup.Next(consumer);
            seen.Add($"goes on at {next.Offset.Value}");
            consumer.Commit([new TopicPartitionOffset(next.TopicPartition, 8)]);
            seen.Add($"committed {consumer.Committed([next.TopicPartition], Setup.Patience)[0].Offset.Value}");
            consumer.Close();
        }
        using (var consumer = Member(servers, topic))
        {
            seen.Add($"goes on at {Setup.Next(consumer).Offset.Value}");
            consumer.Close();
        }
        return seen;
    }

    static IConsumer<Ignore, string> Member(string servers, string topic)
    {
        var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, topic + "-group")) { EnableAutoCommit = false }).Build();
        consumer.Subscribe(topic);
        return consumer;
    }
}
