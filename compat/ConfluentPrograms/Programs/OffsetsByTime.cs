namespace ConfluentPrograms;

/// <summary>Where a time is in a partition, and where the partition begins and ends.</summary>
public static class OffsetsByTime
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 2);
        var noon = DateTime.UtcNow.Date.AddHours(-12);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers }).Build())
        {
            for (var minute = 0; minute < 10; minute++)
                producer.Produce(new TopicPartition(topic, 0), new Message<Null, string> { Value = $"{minute}",
                    Timestamp = new Timestamp(noon.AddMinutes(minute)) });
            producer.Flush(Setup.Patience);
        }
        using var consumer = new ConsumerBuilder<Ignore, string>(Setup.Reading(servers, topic + "-group")).Build();
        var found = consumer.OffsetsForTimes(
            [
                new TopicPartitionTimestamp(topic, 0, new Timestamp(noon.AddMinutes(3).AddSeconds(-1))),
                new TopicPartitionTimestamp(topic, 1, new Timestamp(noon)),
            ], Setup.Patience);
        var ends = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), Setup.Patience);
        var later = consumer.OffsetsForTimes([new TopicPartitionTimestamp(topic, 0, new Timestamp(noon.AddHours(1)))], Setup.Patience);
        consumer.Assign(found[0]);
        var record = Setup.Next(consumer);
        consumer.Close();
        return
        [
            .. found.Select(place => $"{place.Partition.Value}: {place.Offset}"), $"later: {later[0].Offset}", $"{ends.Low.Value} to {ends.High.Value}",
            $"{record.Message.Value} at minute {(record.Message.Timestamp.UtcDateTime - noon).TotalMinutes}, {record.Message.Timestamp.Type}",
        ];
    }
}
