namespace ConfluentPrograms;

/// <summary>Members by the newer protocol (KIP-848): the broker shares partitions out, and nobody stops while it does.</summary>
public static class NewGroupProtocol
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 2);
        Setup.Fill(servers, topic, 3);
        var seen = new List<string>();
        using (var first = Member(servers, topic, seen))
        {
            for (var read = 0; read < 3; read++) seen.Add(Setup.Next(first).Message.Value);
            first.Commit();
            using (var second = Member(servers, topic, []))
            {
                for (var began = DateTime.UtcNow; (first.Assignment.Count != 1 || second.Assignment.Count != 1) && DateTime.UtcNow - began < Setup.Patience;)
                {
                    first.Consume(20);
                    second.Consume(20);
                }
                seen.Add($"each has {first.Assignment.Count}, {second.Assignment.Count}; one partition twice: {first.Assignment[0] == second.Assignment[0]}");
                second.Close();
            }
            for (var began = DateTime.UtcNow; first.Assignment.Count != 2 && DateTime.UtcNow - began < Setup.Patience;) first.Consume(20);
            seen.Add($"has {first.Assignment.Count} again");
            first.Close();
        }
        Setup.Fill(servers, topic, 1, from: 3);
        using (var next = Member(servers, topic, []))
        {
            seen.Add($"goes on at {Setup.Next(next).Offset.Value}");
            next.Close();
        }
        return seen;
    }

    static IConsumer<Ignore, string> Member(string servers, string topic, List<string> seen)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers, GroupId = topic + "-group", AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false, FetchWaitMaxMs = 100,
                GroupProtocol = GroupProtocol.Consumer,
        };
        var consumer = new ConsumerBuilder<Ignore, string>(config)
            .SetPartitionsAssignedHandler((_, partitions) =>
            {
                // librdkafka also tells that nothing was given.
                if (partitions.Count > 0) seen.Add($"given {partitions.Count}");
            })
            .SetPartitionsRevokedHandler((_, places) => seen.Add($"taken {places.Count}")).Build();
        consumer.Subscribe(topic);
        return consumer;
    }
}
