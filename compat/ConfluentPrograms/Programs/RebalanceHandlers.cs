namespace ConfluentPrograms;

/// <summary>Handlers of partitions that come and go: where reading begins, and a commit before they are another's.</summary>
public static class RebalanceHandlers
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 2);
        Setup.Fill(servers, topic, 10);
        var seen = new List<string>();
        var thread = Environment.CurrentManagedThreadId;
        using (var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, topic + "-group")) { EnableAutoCommit = false })
            .SetPartitionsAssignedHandler((_, partitions) =>
            {
                seen.Add($"assigned {string.Join(", ", partitions.Select(partition => partition.Partition.Value).Order())}; on the consuming thread: {Environment.CurrentManagedThreadId == thread}");
                return partitions.Select(partition => new TopicPartitionOffset(partition, partition.Partition.Value == 0 ? 4 : Offset.Beginning));
            })
            .SetPartitionsRevokedHandler((member, places) =>
            {
                var read = places.Single(place => place.Partition.Value == 0);
                seen.Add($"revoked {places.Count}, read to {read.Offset.Value}; on the consuming thread: {Environment.CurrentManagedThreadId == thread}");
                member.Commit([read]);
            }).Build())
        {
            consumer.Subscribe(topic);
            for (var number = 0; number < 3; number++) seen.Add($"{Setup.Next(consumer).Message.Value}");
            seen.Add($"assignment {consumer.Assignment.Count}, a member: {consumer.MemberId.Length > 0}");
            consumer.Close();
        }
        // The next one begins where the handler committed, and its own handler is told as an action.
        using (var consumer = new ConsumerBuilder<Ignore, string>(Setup.Reading(servers, topic + "-group")).SetPartitionsAssignedHandler((_, partitions) => seen.Add($"assigned {partitions.Count}")).Build())
        {
            consumer.Subscribe(topic);
            seen.Add($"{Setup.Next(consumer).Message.Value}");
            consumer.Unsubscribe();
            consumer.Close();
        }
        return seen;
    }
}
