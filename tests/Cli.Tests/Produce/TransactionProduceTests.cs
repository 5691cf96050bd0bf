using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Semel.Cli.Tests.Produce;

/// <summary>`semel produce --transactional-id`: all records become visible together, or none.</summary>
public sealed class TransactionProduceTests(WithBroker broker) : IClassFixture<WithBroker>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    async Task<string> TopicAsync()
    {
        var topic = $"t-{Guid.NewGuid():N}";
        await broker.Broker.CreateTopicAsync(topic, 2);
        return topic;
    }

    async Task<string[]> ReadAsync(string topic, string isolation = "read_committed") =>
        [.. (await broker.RunAsync("consume", "-t", topic, "-e", "-q", "--isolation-level", isolation)).Lines.Order()];

    [Fact]
    public async Task All_records_are_committed_when_the_input_has_ended()
    {
        var topic = await TopicAsync();
        var result = await broker.RunWithInputAsync("a\nb\nc\n", "produce", "-t", topic, "--transactional-id", "whole");
        Assert.Equal(new RunResult(ExitCode.Success, "", $"semel: 3 records in 1 transaction committed to {topic}\n"), result);
        Assert.Equal(["a", "b", "c"], await ReadAsync(topic));
        Assert.Equal("CompleteCommit", (await broker.JsonAsync("transactions", "describe", "whole")).GetProperty("transactionState").GetString());
        Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync("", "produce", "-t", topic, "--transactional-id", "nothing")).ExitCode);
    }

    [Fact]
    public async Task A_number_of_records_each_is_a_transaction_and_JSON_tells_each_record_and_each_end()
    {
        var topic = await TopicAsync();
        var result = await broker.RunWithInputAsync("a\nb\nc\nd\ne\n", "produce", "-t", topic, "-p", "0", "-X", "transactional.id=parts",
            "--records-per-transaction", "2", "--json");
        Assert.True(result.ExitCode == ExitCode.Success, result.Error);
        var lines = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([1, 2, 3, 4, 5], lines.Where(line => line.TryGetProperty("line", out _)).Select(line => line.GetProperty("line").GetInt32()));
        Assert.Equal(["1 Committed 2", "2 Committed 2", "3 Committed 1"],
            lines.Where(line => line.TryGetProperty("transaction", out _))
                .Select(line => $"{line.GetProperty("transaction")} {line.GetProperty("outcome")} {line.GetProperty("records")}"));
        Assert.True(lines[2].TryGetProperty("transaction", out _), "a transaction's end is told behind its records");
    }

    [Fact]
    public async Task A_line_that_cannot_be_sent_aborts_the_transaction_and_leaves_those_before()
    {
        var topic = await TopicAsync();
        string[] arguments = ["produce", "-t", topic, "--property", "parse.key=true", "--property", "key.separator=:", "--transactional-id", "refused"];
        var all = await broker.RunWithInputAsync("k:a\nk:b\nno key\n", arguments);
        Assert.Equal(ExitCode.Failed, all.ExitCode);
        Assert.Contains("the transaction with 2 records was aborted", all.Error);
        Assert.Contains("line 3 is refused: it has no key separator ':'. 2 records before it were written.", all.Error);
        Assert.Empty(await ReadAsync(topic));
        var parts = await broker.RunWithInputAsync("k:c\nk:d\nk:e\nno key\n", [.. arguments, "--records-per-transaction", "2"]);
        Assert.Equal(ExitCode.Failed, parts.ExitCode);
        Assert.Contains($"2 records in 1 transaction committed to {topic}", parts.Error);
        Assert.Equal(["c", "d"], await ReadAsync(topic));
    }

    [Fact]
    public async Task Interrupted_it_aborts()
    {
        if (!NamedPipe.CanBeMade) return;
        var topic = await TopicAsync();
        using var pipe = new NamedPipe();
        using var stop = new CancellationTokenSource();
        var writing = broker.RunUntilAsync(stop.Token, "", "produce", "-t", topic, "--file", pipe.Path, "--transactional-id", "stopped");
        await using var input = new FileStream(pipe.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await WriteAndWaitAsync(input, topic, writing);
        await stop.CancelAsync();
        var result = await writing;
        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Contains("the transaction with 2 records was aborted", result.Error);
        Assert.DoesNotContain("line 1", result.Error);
        Assert.Empty(await ReadAsync(topic));
        Assert.Equal("CompleteAbort", (await broker.JsonAsync("transactions", "describe", "stopped")).GetProperty("transactionState").GetString());
    }

    [Fact]
    public async Task Who_was_replaced_is_refused_and_says_why()
    {
        if (!NamedPipe.CanBeMade) return;
        var topic = await TopicAsync();
        using var pipe = new NamedPipe();
        var zombie = broker.RunAsync("produce", "-t", topic, "--file", pipe.Path, "--transactional-id", "shared");
        await using (var input = new FileStream(pipe.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await WriteAndWaitAsync(input, topic, zombie);
            Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync("new\n", "produce", "-t", topic, "--transactional-id", "shared")).ExitCode);
        }
        var result = await zombie;
        Assert.True(result.ExitCode == ExitCode.Refused, result.Error);
        Assert.Contains("Another instance uses the same transactional id", result.Error);
        Assert.Equal(["new"], await ReadAsync(topic));
    }

    /// <summary>Two records are in the log when this completes, in a transaction that is open.</summary>
    async Task WriteAndWaitAsync(FileStream input, string topic, Task<RunResult> writing)
    {
        await input.WriteAsync(Encoding.UTF8.GetBytes("a\nb\n"));
        await input.FlushAsync();
        var clock = Stopwatch.StartNew();
        while ((await ReadAsync(topic, "read_uncommitted")).Length < 2) Assert.False(writing.IsCompleted || clock.Elapsed > Limit, "the records do not come");
    }

    [Theory]
    [InlineData("--records-per-transaction goes with --transactional-id", "--records-per-transaction", "5")]
    [InlineData("--records-per-transaction is '0'", "--records-per-transaction", "0", "--transactional-id", "x")]
    [InlineData("--transactional-id is empty", "--transactional-id", "")]
    [InlineData("acks", "--transactional-id", "x", "--acks", "1")]
    [InlineData("enable.idempotence", "--transactional-id", "x", "-X", "enable.idempotence=false")]
    public async Task What_does_not_go_together_is_refused_before_anything_is_done(string message, params string[] arguments)
    {
        var result = await RunResult.OfAsync(["produce", "-t", "x", "-b", "127.0.0.1:1", .. arguments]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }
}
