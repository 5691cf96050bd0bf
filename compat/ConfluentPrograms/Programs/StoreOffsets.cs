namespace ConfluentPrograms;

/// <summary>Automatic commits of what the program has stored, and only of that: at least once.</summary>
public static class StoreOffsets
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        Setup.Fill(servers, topic, 10);
        var seen = new List<string>();
        using (var consumer = Member(servers, topic))
        {
            // The sixth record is handed out and fails: it is not stored.
            for (var number = 0; number < 6; number++)
                if (Setup.Next(consumer) is var record && number < 5) consumer.StoreOffset(record);
            consumer.Close();
        }
        using (var consumer = Member(servers, topic))
        {
            var record = Setup.Next(consumer);
            seen.Add($"goes on at {record.Offset.Value}");
            for (var number = 0; number < 3; number++) record = Setup.Next(consumer);
            consumer.StoreOffset(new TopicPartitionOffset(record.TopicPartition, record.Offset + 1));
            seen.AddRange(consumer.Commit().Select(place => $"committed {place.Offset.Value}"));
            consumer.Close();
        }
        using (var consumer = Member(servers, topic))
        {
            seen.Add($"goes on at {Setup.Next(consumer).Offset.Value}");
            consumer.Close();
        }
        using (var consumer = new ConsumerBuilder<Ignore, string>(Setup.Reading(servers, topic + "-other")).Build())
        {
            consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
            try
            {
                consumer.StoreOffset(Setup.Next(consumer));
            }
            catch (KafkaException wrong)
            {
                seen.Add($"{wrong.Error.Code}");
            }
            consumer.Close();
        }
        return seen;
    }

    static IConsumer<Ignore, string> Member(string servers, string topic)
    {
        var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers,
            topic + "-group")) { EnableAutoOffsetStore = false }).Build();
        consumer.Subscribe(topic);
        return consumer;
    }
}
