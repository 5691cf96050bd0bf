using Semel.BrokerBench;
using Semel.Client;

namespace Semel.ClientBench;

/// <summary>Our client beside Confluent.Kafka, and beside an earlier build of itself, on one broker, part by part.</summary>
sealed class Comparison(BrokerProcess broker, Rounds rounds, double scale, string? only, string program, string? earlier)
{
    int _topics;

    readonly ClientTarget _confluent = new($"Confluent.Kafka {typeof(Confluent.Kafka.Message<,>).Assembly.GetName().Version?.ToString(3)}", program, "confluent");

    public void Run()
    {
        Producing("produce", 100, 1_000_000, "idempotent produce, fire and forget");
        Producing("produce", 1024, 200_000, "idempotent produce, fire and forget");
        Producing("awaited", 100, 100_000, $"each record awaited by {Awaiting.Tasks:#,0} tasks");
        Consuming("consume", 100, 600_000, "typed consume, new arrays");
        Consuming("consume-spans", 100, 600_000, "typed consume, a deserializer that makes no array");
        Consuming("raw", 100, 600_000, "raw consume by spans (Confluent.Kafka: arrays)");
        Consuming("consume", 1024, 150_000, "typed consume, new arrays");
        Consuming("consume-spans", 1024, 150_000, "typed consume, a deserializer that makes no array");
        Consuming("raw", 1024, 150_000, "raw consume by spans (Confluent.Kafka: arrays)");
        Pipeline(100, 200_000);
    }

    List<ClientTarget> Targets()
    {
        List<ClientTarget> targets = [_confluent, new("ours", program, "ours")];
        if (earlier is not null) targets.Add(new("ours, earlier", earlier, "ours"));
        return targets;
    }

    bool IsWanted(string part, int size) => only is null || only == part || only == $"{part}-{size}";

    void Producing(string part, int size, long records, string title)
    {
        if (!IsWanted(part, size)) return;
        records = (long)(records * scale);
        rounds.Print($"{part}-{size}: {title}, {size} B, runs of {records:#,0} records", Targets(), (target, _) => WithTopic(topic => target.Measure(new Workload(part, target.Client, broker.Bootstrap, topic, records, size))));
    }

    void Consuming(string part, int size, long records, string title)
    {
        if (!IsWanted(part, size)) return;
        records = (long)(records * scale);
        WithTopic(topic =>
        {
            Fill(topic, records, size).GetAwaiter().GetResult();
            rounds.Print($"{part}-{size}: {title}, {size} B, runs of {records:#,0} records", Targets(), (target, _) => target.Measure(new Workload(part, target.Client, broker.Bootstrap, topic, records, size)));
            return 0;
        });
    }

    /// <summary>Into a topic of its own each time.</summary>
    void Pipeline(int size, long records)
    {
        if (!IsWanted("pipeline", size)) return;
        records = (long)(records * scale);
        ClientTarget[] targets = [_confluent, new("ours", program, "ours"), new("ours without transactions", program, "ours")];
        WithTopic(topic =>
        {
            Fill(topic, records, size).GetAwaiter().GetResult();
            using var admin = new Owned(broker.Bootstrap);
            rounds.Print($"pipeline-{size}: consume, transform, produce, commit every {Workload.CommitInterval.TotalMilliseconds} ms, {size} B, runs of {records:#,0} records", targets, (target, _) =>
            {
                var work = new Workload(target.Name == "ours without transactions" ? "pipeline-plain" : "pipeline", target.Client, broker.Bootstrap, topic, records, size);
                admin.Create(work.Output);
                try { return target.Measure(work); }
                finally { admin.Delete(work.Output); }
            });
            return 0;
        });
    }

    /// <summary>A topic that is gone afterwards: what the disk still has to write for one run is not paid by the next.</summary>
    T WithTopic<T>(Func<string, T> run)
    {
        var topic = $"run-{++_topics}";
        using var admin = new Owned(broker.Bootstrap);
        admin.Create(topic);
        try { return run(topic); }
        finally { admin.Delete(topic); }
    }

    async Task Fill(string topic, long records, int size)
    {
        await using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = broker.Bootstrap, BatchSize = 100_000 }).Build();
        var value = new Workload("", "", "", topic, records, size).Value();
        for (long sent = 0; sent < records; sent++) await producer.EnqueueAsync(topic, new RawRecord { Partition = 0, Value = value });
        await producer.FlushAsync();
    }

    sealed class Owned(string bootstrap) : IDisposable
    {
        readonly AdminClient _admin = new(new ClientConfig { BootstrapServers = bootstrap });

        public void Create(string topic) => _admin.CreateTopicsAsync([new NewTopic(topic)]).GetAwaiter().GetResult();
        public void Delete(string topic) => _admin.DeleteTopicsAsync([topic]).GetAwaiter().GetResult();
        public void Dispose() => _admin.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
