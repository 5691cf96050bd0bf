namespace ConfluentPrograms;

/// <summary>A transaction that is committed, one that is aborted, and calls in the wrong order.</summary>
public static class Transactions
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        using (var plain = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers }).Build())
            seen.Add($"without an id: {Code(() => plain.BeginTransaction())}");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name }).Build())
        {
            seen.Add($"begin before init: {Code(() => producer.BeginTransaction())}");
            producer.InitTransactions(Setup.Patience);
            seen.Add($"produce before begin: {Code(() => producer.Produce(topic, new Message<Null, string> { Value = "outside" }))}");
            seen.Add($"commit before begin: {Code(() => producer.CommitTransaction())}");
            producer.BeginTransaction();
            for (var number = 0; number < 3; number++) producer.Produce(topic, new Message<Null, string> { Value = $"committed {number}" });
            producer.CommitTransaction(Setup.Patience);
            producer.BeginTransaction();
            seen.Add($"begin twice: {Code(() => producer.BeginTransaction())}");
            var awaited = producer.ProduceAsync(topic, new Message<Null, string> { Value = "aborted" }).GetAwaiter().GetResult();
            seen.Add($"{awaited.Status}");
            producer.AbortTransaction(Setup.Patience);
            producer.BeginTransaction();
            producer.CommitTransaction(Setup.Patience);
        }
        // A second instance takes the first one's place.
        using (var first = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name }).Build())
        using (var second = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name }).Build())
        {
            first.InitTransactions(Setup.Patience);
            first.BeginTransaction();
            first.ProduceAsync(topic, new Message<Null, string> { Value = "of a zombie" }).GetAwaiter().GetResult();
            second.InitTransactions(Setup.Patience);
            second.BeginTransaction();
            second.Produce(topic, new Message<Null, string> { Value = "of its successor" });
            second.CommitTransaction(Setup.Patience);
            try
            {
                first.CommitTransaction(Setup.Patience);
            }
            catch (KafkaException fenced)
            {
                seen.Add($"the first: {fenced.Error.Code}, fatal: {fenced.Error.IsFatal}");
            }
        }
        return [.. seen, .. Setup.ReadAll(servers, topic), $"uncommitted {Setup.ReadAll(servers, topic, IsolationLevel.ReadUncommitted).Count}"];
    }

    static ErrorCode Code(Action call)
    {
        try
        {
            call();
            return ErrorCode.NoError;
        }
        catch (KafkaException refused)
        {
            return refused.Error.Code;
        }
    }
}
