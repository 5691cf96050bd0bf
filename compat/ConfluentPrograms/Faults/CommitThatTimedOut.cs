namespace ConfluentPrograms.Faults;

/// <summary>The answer to a commit does not come in time; the program gives the transaction up, to do its work again.</summary>
public static class CommitThatTimedOut
{
    public static IEnumerable<string> Run(string servers, string name, Action<string> network)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = name, LingerMs = 0,
            SocketTimeoutMs = 60_000 }).Build())
        {
            producer.InitTransactions(Setup.Patience);
            producer.BeginTransaction();
            producer.ProduceAsync(topic, new Message<Null, string> { Value = "first" }).GetAwaiter().GetResult();
            network("EndTxn:answer:delay=4000:count=1");
            seen.Add($"commit: {Told(() => producer.CommitTransaction(TimeSpan.FromSeconds(1)))}");
            seen.Add($"abort: {Told(() => producer.AbortTransaction(TimeSpan.FromSeconds(10)))}");
            network("");
            seen.Add($"the next begins: {Told(() => producer.BeginTransaction())}");
            seen.Add($"a record of it: {Told(() => producer.Produce(topic, new Message<Null, string> { Value = "second" }))}");
            seen.Add($"and commits: {Told(() => producer.CommitTransaction(TimeSpan.FromSeconds(10)))}");
        }
        return [.. seen, $"in the log: {string.Join(", ", Setup.ReadAll(servers, topic))}"];
    }

    static string Told(Action call)
    {
        try
        {
            call();
            return "done";
        }
        catch (KafkaRetriableException again)
        {
            return $"try again, {again.Error.Code}";
        }
        catch (KafkaTxnRequiresAbortException abort)
        {
            return $"abort, {abort.Error.Code}";
        }
        catch (KafkaException refused)
        {
            return $"{refused.Error.Code}";
        }
    }
}
