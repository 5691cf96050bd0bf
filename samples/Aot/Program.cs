using Semel.Client;
using Semel.Protocol;

// Produces, reads as a member of a group, and writes what it read in transactions: all that a client does, in a program that was compiled ahead of time.
//   semel-aot-sample BOOTSTRAP-SERVERS
if (args is not [var servers])
{
    Console.Error.WriteLine("usage: semel-aot-sample BOOTSTRAP-SERVERS");
    return 2;
}

const int Records = 100;
using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
await using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build())
    foreach (var made in await admin.CreateTopicsAsync([new NewTopic("aot-in", 2, 1), new NewTopic("aot-out", 2, 1)], cancellation: patience.Token)) made.GetValue();

await using (var producer = new ProducerBuilder<string, int>(new ProducerConfig { BootstrapServers = servers, CompressionType = CompressionType.Zstd }).Build())
{
    for (var number = 0; number < Records; number++) await producer.EnqueueAsync("aot-in", new Message<string, int> { Key = $"key {number}", Value = number }, patience.Token);
    var flushed = await producer.FlushAsync(patience.Token);
    if (flushed.FirstError is { } failure) throw failure;
}

await using (var input = Reader("aot-group", "aot-in"))
await using (var output = new ProducerBuilder<string, int>(new ProducerConfig { BootstrapServers = servers, TransactionalId = "aot-sample" }).BuildTransactional())
{
    await output.InitTransactionsAsync(patience.Token);
    for (var read = 0; read < Records;)
    {
        using var batch = await input.ConsumeBatchAsync(25, patience.Token);
        var numbers = new List<(string Key, int Value)>();
        foreach (var record in batch) numbers.Add((record.Key!, record.Value));
        await output.ExecuteAsync(async (transaction, cancellation) =>
        {
            foreach (var (key, value) in numbers) await transaction.EnqueueAsync("aot-out", new Message<string, int> { Key = key, Value = 2 * value }, cancellation);
            await transaction.SendOffsetsAsync(batch.NextOffsets, input.GroupMetadata, cancellation);
        }, cancellation: patience.Token);
        read += numbers.Count;
    }
}

await using (var reader = Reader("aot-check", "aot-out"))
{
    var (count, sum) = (0, 0);
    await foreach (var record in reader.ConsumeAsync(patience.Token))
    {
        (count, sum) = (count + 1, sum + record.Message.Value);
        if (count == Records) break;
    }
    Console.WriteLine($"{count} records, sum {sum}");
}
return 0;

IConsumer<string, int> Reader(string group, string topic)
{
    var reader = new ConsumerBuilder<string, int>(new ConsumerConfig { BootstrapServers = servers, GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false }).Build();
    reader.Subscribe(topic);
    return reader;
}
