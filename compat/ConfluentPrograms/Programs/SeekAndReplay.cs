namespace ConfluentPrograms;

/// <summary>Reading without a group's assignment: from the beginning, again, and from the end.</summary>
public static class SeekAndReplay
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 2);
        Setup.Fill(servers, topic, 6);
        Setup.Fill(servers, topic, 3, partition: 1, from: 100);
        var seen = new List<string>();
        var partition = new TopicPartition(topic, 0);
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, topic + "-group")) { EnableAutoCommit = false,
            EnablePartitionEof = true }).Build();
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        seen.Add($"position {consumer.Position(partition)}");
        for (var number = 0; number < 3; number++) seen.Add(Setup.Next(consumer).Message.Value);
        seen.Add($"position {consumer.Position(partition)}");
        consumer.Seek(new TopicPartitionOffset(partition, 1));
        seen.Add($"position {consumer.Position(partition)}");
        seen.Add(Setup.Next(consumer).Message.Value);
        consumer.IncrementalAssign([new TopicPartitionOffset(topic, 1, 2)]);
        consumer.Pause([partition]);
        seen.Add(Setup.Next(consumer).Message.Value);
        consumer.Resume([partition]);
        consumer.IncrementalUnassign([new TopicPartition(topic, 1)]);
        seen.Add($"assigned {string.Join(", ", consumer.Assignment)}".Replace(topic, "topic"));
        seen.Add(Setup.Next(consumer).Message.Value);
        consumer.Seek(new TopicPartitionOffset(partition, Offset.End));
        ConsumeResult<Ignore, string> end;
        do end = consumer.Consume(Setup.Patience);
        while (!end.IsPartitionEOF);
        seen.Add($"the end is {end.Offset.Value}, with a record: {end.Message is not null}");
        consumer.Unassign();
        try
        {
            consumer.Seek(new TopicPartitionOffset(partition, 0));
        }
        catch (KafkaException wrong)
        {
            seen.Add($"{wrong.Error.Code}");
        }
        seen.Add($"nothing: {consumer.Consume(100) is null}");
        consumer.Close();
        return seen;
    }
}
