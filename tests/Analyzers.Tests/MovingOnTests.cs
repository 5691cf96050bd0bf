namespace Semel.Analyzers.Tests;

/// <summary>The way on from the compat package: what is shown, and what is moved because all of it is known to mean the same.</summary>
public sealed class MovingOnTests
{
    static string Method(string body, string signature = "async Task Run(ConsumerConfig config, CancellationToken stop)") => $$"""
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using Semel.Compat.Confluent;
        class Program
        {
            {{signature}}
            {
                {{body.ReplaceLineEndings("\n        ")}}
            }
            static Task HandleAsync(string value) => Task.CompletedTask;
        }
        """;

    [Fact]
    public async Task A_loop_of_consume_becomes_an_await_foreach()
    {
        var snippet = await Snippet.TellsAsync(new MovingOnAnalyzer(), "SEMEL101", Method("""
            using var consumer = new ConsumerBuilder<string, string>(config).Build();
            consumer.Subscribe("orders");
            try
            {
                [|while|] (!stop.IsCancellationRequested)
                {
                    var record = consumer.Consume(stop);
                    if (record.Message.Value is null) continue;
                    await HandleAsync(record.Message.Value);
                }
            }
            catch (OperationCanceledException)
            {
                consumer.Close();
            }
            """));
        await snippet.FixedAsync(new MovingOnFix(), Method("""
            await using var consumer = new global::Semel.Client.ConsumerBuilder<string, string>(config).Build();
            consumer.Subscribe("orders");
            try
            {
                await foreach (var record in consumer.ConsumeAsync(stop))
                {
                    if (record.Message.Value is null) continue;
                    await HandleAsync(record.Message.Value);
                }
            }
            catch (OperationCanceledException)
            {
            }
            """));
    }

    [Theory]
    [InlineData("using var consumer = new ConsumerBuilder<string, string>(config).SetErrorHandler((_, _) => { }).Build();",
        "var record = consumer.Consume(stop);")]
    [InlineData("using var consumer = new ConsumerBuilder<string, string>(config).Build();", "var record = consumer.Consume(stop); consumer.Commit(record);")]
    [InlineData("using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();", "var record = consumer.Consume(stop);")]
    [InlineData("using var consumer = new ConsumerBuilder<string, string>(config).Build();", "var record = consumer.Consume(100);")]
    [InlineData("using var consumer = new ConsumerBuilder<string, string>(config).Build();",
        "var record = consumer.Consume(stop); Console.WriteLine(record.Partition.Value);")]
    public async Task What_is_not_known_to_mean_the_same_is_shown_and_left(string made, string body)
    {
        var snippet = await Snippet.TellsAsync(new MovingOnAnalyzer(), "SEMEL101", Method($"{made}\n[|while|] (true) {{ {body} }}"));
        await snippet.NotFixedAsync(new MovingOnFix());
    }

    const string Producing = "async Task Run(ProducerConfig config, string[] lines)";

    [Fact]
    public async Task Produce_with_a_handler_for_errors_becomes_enqueue_and_the_flush_tells_the_failure()
    {
        var snippet = await Snippet.TellsAsync(new MovingOnAnalyzer(), "SEMEL102", Method("""
            using var producer = new ProducerBuilder<string, string>(config).Build();
            foreach (var line in lines)
                producer.[|Produce|]("lines", new Message<string, string> { Key = line, Value = line }, report =>
                {
                    if (report.Error.IsError) Console.WriteLine(report.Error.Reason);
                });
            producer.Flush(TimeSpan.FromSeconds(10));
            """, Producing));
        await snippet.FixedAsync(new MovingOnFix(), Method("""
            await using var producer = new global::Semel.Client.ProducerBuilder<string, string>(new global::Semel.Client.ProducerConfig(config) { Partitioner = global::Semel.Client.Partitioner.ConsistentRandom }).Build();
            foreach (var line in lines)
                await producer.EnqueueAsync("lines", new global::Semel.Client.Message<string, string> { Key = line, Value = line });
            var flushed = await producer.FlushAsync();
            if (flushed.FirstError is { } failure) Console.WriteLine(failure.Error.Reason);
            """, Producing));
    }

    [Theory]
    [InlineData("producer.[|Produce|](\"t\", new Message<string, string> { Value = \"v\" }, report => Console.WriteLine(report.Offset.Value));\nproducer.Flush(TimeSpan.FromSeconds(1));")]
    [InlineData("producer.[|Produce|](\"t\", new Message<string, string> { Value = \"v\" });")]
    [InlineData("producer.[|Produce|](\"t\", new Message<string, string> { Value = \"v\", Timestamp = new Timestamp(DateTime.UtcNow) });\nproducer.Flush(TimeSpan.FromSeconds(1));")]
    [InlineData("config.Partitioner = Partitioner.Murmur2;\nproducer.[|Produce|](\"t\", new Message<string, string> { Value = \"v\" });\nproducer.Flush(TimeSpan.FromSeconds(1));")]
    public async Task A_handler_that_does_more_or_a_record_with_more_stays(string statements)
    {
        var snippet = await Snippet.TellsAsync(new MovingOnAnalyzer(), "SEMEL102",
            Method($"using var producer = new ProducerBuilder<string, string>(config).Build();\n{statements}", Producing));
        await snippet.NotFixedAsync(new MovingOnFix());
    }

    [Fact]
    public async Task Begin_produce_commit_become_one_execute()
    {
        const string before = """
            using var producer = new ProducerBuilder<string, string>(config).Build();
            producer.InitTransactions(TimeSpan.FromSeconds(30));
            producer.BeginTransaction();
            foreach (var line in lines)
                producer.Produce("lines", new Message<string, string> { Value = line });
            producer.[|CommitTransaction|](TimeSpan.FromSeconds(30));
            """;
        // Produce is shown on its own as well; the commit is what is looked at here.
        var snippet = await Snippet.TellsAsync(new OnlyTransactions(), "SEMEL103", Method(before, Producing));
        await snippet.FixedAsync(new MovingOnFix(), Method("""
            await using var producer = new global::Semel.Client.ProducerBuilder<string, string>(new global::Semel.Client.ProducerConfig(config) { Partitioner = global::Semel.Client.Partitioner.ConsistentRandom }).BuildTransactional();
            await producer.InitTransactionsAsync();
            await producer.ExecuteAsync(async (transaction, cancellation) =>
            {
                foreach (var line in lines)
                    await transaction.EnqueueAsync("lines", new global::Semel.Client.Message<string, string> { Value = line }, cancellation);
            });
            """, Producing));
    }

    [Theory]
    [InlineData("var sum = 0;\nproducer.BeginTransaction();\nsum++;\nproducer.[|CommitTransaction|]();\nConsole.WriteLine(sum);")]
    [InlineData("producer.BeginTransaction();\ntry { producer.[|CommitTransaction|](); } catch (KafkaException) { producer.AbortTransaction(); }")]
    public async Task A_transaction_that_cannot_just_run_again_stays(string statements)
    {
        var snippet = await Snippet.TellsAsync(new OnlyTransactions(), "SEMEL103",
            Method($"using var producer = new ProducerBuilder<string, string>(config).Build();\n{statements}", Producing));
        await snippet.NotFixedAsync(new MovingOnFix());
    }
}
