namespace ConfluentPrograms;

/// <summary>A slow worker: its partition is paused while its queue is full, and the loop goes on polling.</summary>
public static class PauseForBackPressure
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        Setup.Fill(servers, topic, 20);
        var (queue, done, pauses) = (new Queue<string>(), new List<string>(), 0);
        using var consumer = new ConsumerBuilder<Ignore, string>(Setup.Reading(servers, topic + "-group")).Build();
        consumer.Subscribe(topic);
        var whilePaused = 0;
        while (done.Count < 20)
        {
            var record = consumer.Consume(TimeSpan.FromMilliseconds(50));
            if (record is not null) queue.Enqueue(record.Message.Value);
            if (queue.Count == 5)
            {
                pauses++;
                consumer.Pause(consumer.Assignment);
                if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is not null) whilePaused++;
                while (queue.TryDequeue(out var value)) done.Add(value);
                consumer.Resume(consumer.Assignment);
            }
        }
        consumer.Close();
        return [$"{pauses} pauses, {whilePaused} records while paused", string.Join(" ", done)];
    }
}
