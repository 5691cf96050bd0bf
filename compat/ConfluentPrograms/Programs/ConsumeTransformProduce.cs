namespace ConfluentPrograms;

/// <summary>From one topic to another, each record once: offsets are a part of the transaction, and an abort goes back to the last committed ones.</summary>
public static class ConsumeTransformProduce
{
    public static IEnumerable<string> Run(string servers, string name)
    {
        var (input, output) = (Setup.Topic(servers, name, 1), Setup.Topic(servers, name + "-out", 1));
        Setup.Fill(servers, input, 20);
        var aborted = Copy(servers, input, output, transactions: 3) + Copy(servers, input, output, transactions: int.MaxValue);
        return [$"{aborted} aborted", string.Join(" ", Setup.ReadAll(servers, output))];
    }

    static int Copy(string servers, string input, string output, int transactions)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, TransactionalId = input + "-copier",
            LingerMs = 1 }).Build();
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, input + "-copiers")) { EnableAutoCommit = false,
            EnablePartitionEof = true }).Build();
        producer.InitTransactions(Setup.Patience);
        consumer.Subscribe(input);
        var (aborted, ended) = (0, false);
        using var limit = new CancellationTokenSource(Setup.Patience);
        for (var transaction = 1; transaction <= transactions && !ended; transaction++)
        {
            var batch = new List<ConsumeResult<Ignore, string>>();
            while (batch.Count < 4 && !ended)
            {
                var record = consumer.Consume(limit.Token);
                if (record.IsPartitionEOF) ended = true;
                else batch.Add(record);
            }
            if (batch.Count == 0) break;
            producer.BeginTransaction();
            foreach (var record in batch) producer.Produce(output, new Message<Null, string> { Value = record.Message.Value + "!" });
            producer.SendOffsetsToTransaction([new TopicPartitionOffset(batch[^1].TopicPartition, batch[^1].Offset + 1)], consumer.ConsumerGroupMetadata,
                Setup.Patience);
            if (transaction == 2)
            {
                producer.AbortTransaction(Setup.Patience);
                aborted++;
                foreach (var place in consumer.Committed(Setup.Patience)) consumer.Seek(place.Offset == Offset.Unset
                    ? new TopicPartitionOffset(place.TopicPartition, Offset.Beginning) : place);
            }
            else producer.CommitTransaction(Setup.Patience);
        }
        consumer.Close();
        return aborted;
    }
}
