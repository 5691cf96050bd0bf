namespace ConfluentPrograms;

/// <summary>A worker as a host runs it: a loop on a thread of its own, told to stop by a token, which commits what it has done.</summary>
public static class HostedWorker
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var (input, output) = (Setup.Topic(servers, name, 1), Setup.Topic(servers, name + "-out", 1));
        Setup.Fill(servers, input, 5);
        var first = Work(servers, input, output, 5);
        Setup.Fill(servers, input, 2, from: 5);
        var second = Work(servers, input, output, 2);
        return [$"{first}", $"{second}", .. Setup.ReadAll(servers, output)];
    }

    static string Work(string servers, string input, string output, int stopAfter)
    {
        using var stopping = new CancellationTokenSource(Setup.Patience);
        var worker = Task.Factory.StartNew(() => Execute(servers, input, output, stopAfter, stopping), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return worker.GetAwaiter().GetResult();
    }

    static string Execute(string servers, string input, string output, int stopAfter, CancellationTokenSource stopping)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true }).Build();
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers,
            input + "-workers")) { EnableAutoOffsetStore = false }).Build();
        consumer.Subscribe(input);
        var done = 0;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                var record = consumer.Consume(stopping.Token);
                producer.Produce(output, new Message<Null, string> { Value = record.Message.Value + "!" }, report =>
                {
                    if (report.Error.IsError) stopping.Cancel();
                });
                producer.Flush(stopping.Token);
                consumer.StoreOffset(record);
                if (++done == stopAfter) stopping.Cancel();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        consumer.Close();
        return $"done {done}";
    }
}
