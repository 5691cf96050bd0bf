namespace ConfluentPrograms;

/// <summary>The consume loop of every first program: automatic commits, and a close when it is told to stop.</summary>
public static class ConsumeWithAutoCommit
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        Setup.Fill(servers, topic, 10);
        var first = Loop(servers, topic, 10);
        Setup.Fill(servers, topic, 3, from: 10);
        var second = Loop(servers, topic, 3);
        return ["first run", .. first, "second run", .. second];
    }

    static List<string> Loop(string servers, string topic, int records)
    {
        var seen = new List<string>();
        using var stop = new CancellationTokenSource(Setup.Patience);
        using var consumer = new ConsumerBuilder<Ignore, string>(Setup.Reading(servers, topic + "-group")).Build();
        consumer.Subscribe(topic);
        try
        {
            while (true)
            {
                var record = consumer.Consume(stop.Token);
                seen.Add($"{record.TopicPartitionOffset.Offset.Value}: {record.Message.Value}");
                if (seen.Count == records) stop.Cancel();
            }
        }
        catch (OperationCanceledException)
        {
            consumer.Close();
        }
        return seen;
    }
}
