namespace Semel.Analyzers.Tests;

/// <summary>What is flagged, and what looks alike and is not.</summary>
public sealed class FlaggingTests
{
    static string Method(string body, string signature = "async Task Run(ITransactionalProducer<string, string> producer, ITransaction<string, string> tx, string[] lines)") => $$"""
        using System;
        using System.Threading.Tasks;
        using Semel.Client;
        class Program
        {
            {{signature}}
            {
                {{body.ReplaceLineEndings("\n        ")}}
            }
        }
        """;

    [Theory]
    [InlineData("KafkaException")]
    [InlineData("ProduceException failure")]
    public Task A_failure_of_a_transaction_that_is_swallowed(string caught) => Snippet.TellsAsync(new TransactionCatchAnalyzer(), "SEMEL001", Method($$"""
        foreach (var line in lines)
            try { await tx.ProduceAsync("t", new Message<string, string> { Value = line }); }
            [|catch|] ({{caught}}) { Console.WriteLine(line); }
        await tx.CommitAsync();
        """));

    [Theory]
    [InlineData("catch (Exception failure)", "Console.WriteLine(failure.Message);")]
    [InlineData("catch", "")]
    public Task A_catch_of_everything_around_records_of_a_transaction_that_goes_on(string clause, string body) => Snippet.TellsAsync(new TransactionCatchAnalyzer(), "SEMEL002", Method($$"""
        await producer.ExecuteAsync(async (inside, cancellation) =>
        {
            foreach (var line in lines)
                try { await inside.EnqueueAsync("t", new Message<string, string> { Value = line }, cancellation); }
                [|{{clause.Split(' ')[0]}}|]{{clause["catch".Length..]}} { {{body}} }
        });
        """));

    [Theory]
    [InlineData("catch (KafkaException) { throw; }")]
    [InlineData("catch (KafkaException) { await tx.AbortAsync(); }")]
    [InlineData("catch (Exception failure) { throw new InvalidOperationException(\"\", failure); }")]
    [InlineData("catch (KafkaException) { return; }")]
    [InlineData("catch (KafkaException failure) when (failure.IsRetriable) { }")]
    [InlineData("catch (FormatException) { }")]
    public Task A_catch_that_ends_the_transaction_or_is_about_something_else_is_not(string clause) => Snippet.TellsAsync(new TransactionCatchAnalyzer(), null, Method($$"""
        try { await tx.ProduceAsync("t", new Message<string, string> { Value = "v" }); }
        {{clause}}
        """));

    [Fact]
    public Task A_catch_that_continues_the_loop_is() => Snippet.TellsAsync(new TransactionCatchAnalyzer(), "SEMEL001", Method("""
        foreach (var line in lines)
        {
            try { await tx.ProduceAsync("t", new Message<string, string> { Value = line }); }
            [|catch|] (KafkaException) { continue; }
        }
        """));

    [Fact]
    public Task A_commit_of_the_compat_package_is_looked_at_as_well() => Snippet.TellsAsync(new TransactionCatchAnalyzer(), "SEMEL001", """
        using Semel.Compat.Confluent;
        class Program
        {
            void Run(IProducer<string, string> producer)
            {
                try { producer.CommitTransaction(); }
                [|catch|] (KafkaException) { }
            }
        }
        """);

    const string Local = "async Task Run(string[] lines)";
    const string Made = "await using var producer = new ProducerBuilder<string, string>(new ProducerConfig()).Build();\n";

    [Theory]
    [InlineData("await [|producer.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" })|];")]
    [InlineData("_ = [|producer.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" })|];")]
    public Task A_delivery_that_is_dropped_without_a_flush(string statement) => Snippet.TellsAsync(new DroppedDeliveryAnalyzer(), "SEMEL003",
        Method(Made + statement, Local));

    [Theory]
    [InlineData("await producer.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" });\nvar flushed = await producer.FlushAsync();")]
    [InlineData("var delivery = await producer.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" });\nawait delivery;")]
    [InlineData("await producer.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" });\nawait Flush(producer);\nstatic async Task Flush(IProducer given) => await given.FlushAsync();")]
    public Task A_delivery_that_is_flushed_or_awaited_is_not(string statements) => Snippet.TellsAsync(new DroppedDeliveryAnalyzer(), null,
        Method(Made + statements, Local));

    [Fact]
    public Task A_producer_that_lives_longer_than_the_method_is_flushed_elsewhere() => Snippet.TellsAsync(new DroppedDeliveryAnalyzer(), null, Method(
        "await given.EnqueueAsync(\"t\", new Message<string, string> { Value = \"v\" });", "async Task Run(IProducer<string, string> given)"));

    [Theory]
    [InlineData("new ProducerConfig { TransactionalId = $\"copier-{[|Guid.NewGuid|]()}\" }")]
    [InlineData("new ProducerConfig { [\"transactional.id\"] = \"copier-\" + [|Environment.ProcessId|] }")]
    [InlineData("new Semel.Compat.Confluent.ProducerConfig { TransactionalId = [|DateTime.UtcNow|].Ticks.ToString() }")]
    public Task A_transactional_id_that_is_another_one_after_each_start(string config) => Snippet.TellsAsync(new RandomIdAnalyzer(), "SEMEL004",
        Method($"var config = {config};", "void Run()"));

    [Theory]
    [InlineData("new ProducerConfig { TransactionalId = $\"copier-{slot}\", ClientId = Guid.NewGuid().ToString() }")]
    [InlineData("new ProducerConfig { [\"client.id\"] = Guid.NewGuid().ToString() }")]
    public Task A_transactional_id_out_of_application_and_slot_is_not(string config) => Snippet.TellsAsync(new RandomIdAnalyzer(), null,
        Method($"var config = {config};", "void Run(int slot)"));

    [Fact]
    public async Task A_using_that_waits_gets_its_await()
    {
        var snippet = await Snippet.TellsAsync(new BlockingDisposeAnalyzer(), "SEMEL005",
            Method("// As ever.\n[|using|] var producer = new ProducerBuilder<string, string>(new ProducerConfig()).Build();", Local));
        await snippet.FixedAsync(new BlockingDisposeFix(),
            Method("// As ever.\nawait using var producer = new ProducerBuilder<string, string>(new ProducerConfig()).Build();", Local));
    }

    [Fact]
    public async Task So_does_a_block_around_a_transactional_producer()
    {
        var snippet = await Snippet.TellsAsync(new BlockingDisposeAnalyzer(), "SEMEL005",
            Method("[|using|] (var producer = new ProducerBuilder<string, string>(new ProducerConfig()).BuildTransactional()) { }", Local));
        await snippet.FixedAsync(new BlockingDisposeFix(),
            Method("await using (var producer = new ProducerBuilder<string, string>(new ProducerConfig()).BuildTransactional()) { }", Local));
    }

    [Theory]
    [InlineData("using var producer = new ProducerBuilder<string, string>(new ProducerConfig()).Build();", "void Run()")]
    [InlineData("await using var producer = new ProducerBuilder<string, string>(new ProducerConfig()).Build();", Local)]
    [InlineData("using var file = new System.IO.MemoryStream();", Local)]
    public Task Where_no_await_can_be_or_there_is_one_a_using_is_right(string statement, string signature) => Snippet.TellsAsync(new BlockingDisposeAnalyzer(),
        null, Method(statement, signature));
}
