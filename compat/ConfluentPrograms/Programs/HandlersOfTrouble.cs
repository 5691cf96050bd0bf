using System.Text.Json;

namespace ConfluentPrograms;

/// <summary>Statistics as JSON, and handlers of errors and log lines.</summary>
public static class HandlersOfTrouble
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, ClientId = "counted",
            StatisticsIntervalMs = 100 })
            .SetStatisticsHandler((_, text) =>
            {
                if (JsonDocument.Parse(text).RootElement.GetProperty("txmsgs").GetInt64() == 5) told.TrySetResult(text);
            }).Build())
        {
            for (var number = 0; number < 5; number++) producer.Produce(new TopicPartition(topic, 0), new Message<Null, string> { Value = "12345" });
            producer.Flush(Setup.Patience);
            told.Task.Wait(Setup.Patience);
        }
        var statistics = JsonDocument.Parse(told.Task.Result).RootElement;
        seen.Add($"{statistics.GetProperty("type").GetString()} {statistics.GetProperty("client_id").GetString()}, waiting {statistics.GetProperty("msg_cnt").GetInt64()} of {statistics.GetProperty("msg_max").GetInt64()}");
        seen.Add($"partition 0 has {statistics.GetProperty("topics").GetProperty(topic).GetProperty("partitions").GetProperty("0").GetProperty("txmsgs").GetInt64()}");

        // Nobody listens on port 1.
        var codes = new HashSet<ErrorCode>();
        var lines = 0;
        var down = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = "127.0.0.1:1", MessageTimeoutMs = 1000 })
            .SetErrorHandler((_, error) =>
            {
                lock (codes) codes.Add(error.Code);
                if (error.Code == ErrorCode.Local_AllBrokersDown && !error.IsFatal && error.IsLocalError) down.TrySetResult();
            })
            .SetLogHandler((_, line) => Interlocked.Increment(ref lines)).Build())
        {
            try
            {
                producer.ProduceAsync(topic, new Message<Null, string> { Value = "nowhere to go" }).GetAwaiter().GetResult();
            }
            catch (ProduceException<Null, string> failure)
            {
                seen.Add($"{failure.Error.Code}, {failure.DeliveryResult.Status}");
            }
            down.Task.Wait(Setup.Patience);
        }
        seen.Add($"told {string.Join(", ", codes.Order())}; log lines: {lines > 0}");
        return seen;
    }
}
