using Semel.Protocol;

namespace Semel.Cli.Tests.Transactions;

public sealed class TransactionCommandTests(WithBroker broker) : IClassFixture<WithBroker>
{
    async Task<(ProducerId Id, ProducerEpoch Epoch)> BeginAsync(string id, string topic, params int[] partitions)
    {
        await broker.Broker.CreateTopicAsync(topic, partitions.Max() + 1);
        return await LeftBehind.BeginAsync(broker.Broker.BootstrapServers, id, topic, partitions);
    }

    async Task<string[]> ReadAsync(string topic) => [.. (await broker.RunAsync("consume", "-t", topic, "--exit-at-end", "-X", "isolation.level=read_committed")).Lines.Order(StringComparer.Ordinal)];

    async Task<string> StateAsync(string id) => (await broker.JsonAsync("transactions", "describe", id)).GetProperty("transactionState").GetString()!;

    [Fact]
    public async Task What_is_open_is_listed_and_described()
    {
        var (id, epoch) = await BeginAsync("shown", "shown-t", 0, 1);
        var line = Assert.Single((await broker.RunAsync("transactions", "list", "--state", "ongoing")).Lines, line => line.StartsWith("shown ", StringComparison.Ordinal));
        Assert.Equal(["shown", "1", $"{id}", "Ongoing"], line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain((await broker.JsonAsync("transactions", "list", "--state", "CompleteAbort,Empty")).EnumerateArray(), one => one.GetProperty("transactionalId").GetString() == "shown");
        Assert.Empty((await broker.JsonAsync("transactions", "list", "--duration-filter", "3600000")).EnumerateArray());
        Assert.Single((await broker.JsonAsync("transactions", "list", "--transactional-id-pattern", "sho.*")).EnumerateArray());

        var told = await broker.JsonAsync("transactions", "describe", "--transactional-id", "shown");
        Assert.Equal((id.Value, (int)epoch.Value, "Ongoing", 600_000), (told.GetProperty("producerId").GetInt64(), told.GetProperty("producerEpoch").GetInt32(), told.GetProperty("transactionState").GetString(), told.GetProperty("transactionTimeoutMs").GetInt32()));
        Assert.Equal(["shown-t-0", "shown-t-1"], told.GetProperty("topicPartitions").EnumerateArray().Select(one => one.GetString()));
        var producer = Assert.Single((await broker.JsonAsync("transactions", "describe-producers", "--topic", "shown-t", "--partition", "1")).EnumerateArray());
        Assert.Equal((id.Value, 0), (producer.GetProperty("producerId").GetInt64(), producer.GetProperty("currentTransactionStartOffset").GetInt32()));
        Assert.Equal(await broker.RunAsync("transactions", "describe-producers", "--topic", "shown-t", "--partition", "1"), await broker.RunAsync("transactions", "describe-producers", "--topic", "shown-t", "--partition", "1", "--broker-id", "1"));
    }

    [Fact]
    public async Task A_commit_needs_the_right_producer_and_epoch_and_a_yes()
    {
        var (id, epoch) = await BeginAsync("decided", "decided-t", 0, 1);
        string[] commit = ["transactions", "commit", "--transactional-id", "decided", "--producer-id", $"{id}", "--producer-epoch"];
        var other = await broker.RunAsync([.. commit, $"{epoch.Value + 1}", "--yes"]);
        Assert.Equal(ExitCode.Refused, other.ExitCode);
        Assert.Contains($"nothing was committed: 'decided' belongs to producer {id} epoch {epoch} (Ongoing)", other.Error);
        var no = await broker.RunWithInputAsync("no\n", [.. commit, $"{epoch}"]);
        Assert.Equal(ExitCode.Failed, no.ExitCode);
        Assert.Contains("in decided-t-0, decided-t-1.", no.Error);
        Assert.Equal("Ongoing", await StateAsync("decided"));
        Assert.Empty(await ReadAsync("decided-t"));

        var yes = await broker.RunWithInputAsync("yes\n", [.. commit, $"{epoch}"]);
        Assert.Equal((ExitCode.Success, "decided: committed\n"), (yes.ExitCode, yes.Output));
        // What is acknowledged can be read at once.
        Assert.Equal(["decided-0", "decided-1"], await ReadAsync("decided-t"));
        Assert.Equal("CompleteCommit", await StateAsync("decided"));
        Assert.Equal(ExitCode.Refused, (await broker.RunAsync([.. commit, $"{epoch}", "--yes"])).ExitCode);
    }

    [Fact]
    public async Task An_abort_by_id_ends_all_of_it_and_is_refused_where_nothing_is_open()
    {
        await BeginAsync("dropped", "dropped-t", 0, 1);
        Assert.Equal(new RunResult(ExitCode.Success, "dropped: aborted\n", ""), await broker.RunAsync("transactions", "abort", "--transactional-id", "dropped"));
        Assert.Empty(await ReadAsync("dropped-t"));
        var again = await broker.RunAsync("transactions", "abort", "--transactional-id", "dropped");
        Assert.Equal(ExitCode.Refused, again.ExitCode);
        Assert.Contains("'dropped' has no open transaction to abort", again.Error);
    }

    [Fact]
    public async Task An_id_that_nobody_knows_is_named_and_not_made()
    {
        foreach (var arguments in (string[][])[["describe", "nobody"], ["abort", "--transactional-id", "nobody"], ["commit", "--transactional-id", "nobody", "--producer-id", "1", "--producer-epoch", "0", "--yes"]])
        {
            var refused = await broker.RunAsync(["transactions", .. arguments]);
            Assert.Equal(ExitCode.Refused, refused.ExitCode);
            Assert.Contains("no coordinator knows the transactional id 'nobody'", refused.Error);
            Assert.Contains("'semel transactions list'", refused.Error);
        }
        Assert.DoesNotContain((await broker.JsonAsync("transactions", "list")).EnumerateArray(), one => one.GetProperty("transactionalId").GetString() == "nobody");
    }

    [Fact]
    public async Task A_transaction_that_its_coordinator_knows_does_not_hang()
    {
        await BeginAsync("known", "known-t", 0);
        Assert.Empty((await broker.JsonAsync("transactions", "find-hanging", "--max-transaction-timeout", "0")).EnumerateArray());
        Assert.Empty((await broker.JsonAsync("transactions", "find-hanging", "--topic", "known-t", "--partition", "0", "--max-transaction-timeout", "0")).EnumerateArray());
        var none = await broker.RunAsync("transactions", "find-hanging", "--topic", "no-such");
        Assert.Equal(ExitCode.Refused, none.ExitCode);
        Assert.Contains("there is no topic 'no-such'", none.Error);
    }

    /// <summary>What the coordinator has as open it ends as a whole, whichever way it is asked: no reader gets the half of it.</summary>
    [Fact]
    public async Task An_abort_of_a_live_transaction_in_one_partition_ends_it_in_all()
    {
        var (id, epoch) = await BeginAsync("halved", "halved-t", 0, 1);
        var aborted = await broker.RunAsync("transactions", "abort", "--topic", "halved-t", "--partition", "1", "--start-offset", "0");
        Assert.Equal(new RunResult(ExitCode.Success, $"producer {id} epoch {epoch} in halved-t-1: aborted\n", ""), aborted);
        Assert.NotEqual("Ongoing", await StateAsync("halved"));
        Assert.Equal(ExitCode.Refused, (await broker.RunAsync("transactions", "commit", "--transactional-id", "halved", "--producer-id", $"{id}", "--producer-epoch", $"{epoch}", "--yes")).ExitCode);
        Assert.Empty(await ReadAsync("halved-t"));
    }

    [Fact]
    public async Task An_abort_in_one_partition_needs_a_transaction_that_began_there()
    {
        await BeginAsync("partial", "partial-t", 0);
        var refused = await broker.RunAsync("transactions", "abort", "--topic", "partial-t", "--partition", "0", "--start-offset", "7");
        Assert.Equal(ExitCode.Refused, refused.ExitCode);
        Assert.Contains("no transaction that began at offset 7 is open in partial-t-0", refused.Error);
    }
}
