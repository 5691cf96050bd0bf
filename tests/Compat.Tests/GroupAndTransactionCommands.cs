using System.Text.Json;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>
/// What `semel groups` and `semel transactions` do, on whatever broker: they speak the protocol and nothing else. Real clients make the groups, and raw requests
/// the transactions that their owners leave behind.
/// </summary>
sealed class GroupAndTransactionCommands(string bootstrap)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public Ran Semel(params string[] arguments)
    {
        var (file, all) = TestedProgram.Command([.. arguments, "-b", bootstrap]);
        return Ran.Program(file, all, Limit);
    }

    JsonElement Json(params string[] arguments)
    {
        var ran = Semel([.. arguments, "--json"]);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        return JsonDocument.Parse(ran.Output).RootElement;
    }

    Ran Tool(string name, string? input, params string[] arguments) => Ran.Program(Path.Combine(PeersFolder.Required, "tools", name), ["--bootstrap-server", bootstrap, .. arguments], Limit, input: input);

    string[] Columns(string text) => [.. text.Split('\n').First(line => line.Length > 0).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)];

    public (string ProducerId, string Epoch) LeaveBehind(string id, string topic, string partitions, string ending = "open")
    {
        var environment = new Dictionary<string, string?> { ["PYTHONPATH"] = PeersFolder.Required, ["PYTHONDONTWRITEBYTECODE"] = "1" };
        var script = Path.Combine(Repository.Root, "tests", "Compat.Tests", "Scripts", "left_behind.py");
        var ran = Ran.Program("python3", [script, bootstrap, id, topic, partitions, ending], Limit, environment: environment);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        var words = ran.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words[1]);
    }

    string[] Read(string topic) => [.. Semel("consume", "-t", topic, "--exit-at-end", "-X", "isolation.level=read_committed").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    string State(string id) => Json("transactions", "describe", id).GetProperty("transactionState").GetString()!;

    public void ATransactionThatWasLeftBehindIsCommittedByItsIdProducerAndEpoch()
    {
        const string topic = "left-behind";
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "2").ExitCode);
        var (producer, epoch) = LeaveBehind("job-1", topic, "0,1");
        Assert.Contains(Json("transactions", "list", "--state", "ongoing").EnumerateArray(), one => one.GetProperty("transactionalId").GetString() == "job-1");
        var told = Json("transactions", "describe", "job-1");
        Assert.Equal([$"{topic}-0", $"{topic}-1"], told.GetProperty("topicPartitions").EnumerateArray().Select(one => one.GetString()!));
        Assert.Empty(Read(topic));

        var other = Semel("transactions", "commit", "--transactional-id", "job-1", "--producer-id", producer, "--producer-epoch", $"{int.Parse(epoch) + 1}", "--yes");
        Assert.Equal(4, other.ExitCode);
        Assert.Contains($"belongs to producer {producer} epoch {epoch} (Ongoing)", other.Error);
        string[] commit = ["transactions", "commit", "--transactional-id", "job-1", "--producer-id", producer, "--producer-epoch", epoch];
        var unanswered = Semel(commit);
        Assert.Equal(2, unanswered.ExitCode);
        Assert.Contains("nobody answered", unanswered.Error);
        Assert.Equal("Ongoing", State("job-1"));

        var committed = Semel([.. commit, "--yes"]);
        Assert.True(committed is { ExitCode: 0, Output: "job-1: committed\n" }, committed.Output + committed.Error);
        Eventually(() => State("job-1") == "CompleteCommit");
        Assert.Equal(["job-1-0-0", "job-1-0-1", "job-1-0-2", "job-1-1-0", "job-1-1-1", "job-1-1-2"], Read(topic));
        Assert.Equal(4, Semel([.. commit, "--yes"]).ExitCode);
    }

    public void ATransactionThatWasLeftBehindIsAbortedById()
    {
        const string topic = "aborted-by-id";
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "1").ExitCode);
        var (producer, epoch) = LeaveBehind("job-2", topic, "0");
        var aborted = Semel("transactions", "abort", "--transactional-id", "job-2");
        Assert.True(aborted is { ExitCode: 0, Output: "job-2: aborted\n" }, aborted.Output + aborted.Error);
        Assert.Contains(State("job-2"), (string[])["CompleteAbort", "Empty"]);
        Assert.Empty(Read(topic));
        Assert.Equal(4, Semel("transactions", "commit", "--transactional-id", "job-2", "--producer-id", producer, "--producer-epoch", epoch, "--yes").ExitCode);
        Assert.Equal(4, Semel("transactions", "abort", "--transactional-id", "job-2").ExitCode);
        var nobody = Semel("transactions", "abort", "--transactional-id", "never-seen");
        Assert.Equal(4, nobody.ExitCode);
        Assert.Contains("no coordinator knows the transactional id 'never-seen'", nobody.Error);
    }

    /// <summary>Only where a broker lets somebody write transactional records of which its coordinator knows nothing.</summary>
    public void AHangingTransactionIsFoundAndAbortedByItsFirstOffset()
    {
        const string topic = "hanging";
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "2").ExitCode);
        var (producer, _) = LeaveBehind("job-3", topic, "1", "hang");
        LeaveBehind("job-4", topic, "0");
        var found = Assert.Single(Json("transactions", "find-hanging", "--topic", topic, "--max-transaction-timeout", "0").EnumerateArray());
        Assert.Equal((topic, 1, producer, 0), (found.GetProperty("topic").GetString(), found.GetProperty("partition").GetInt32(), $"{found.GetProperty("producerId").GetInt64()}", found.GetProperty("startOffset").GetInt32()));
        Assert.Empty(Json("transactions", "find-hanging", "--topic", topic).EnumerateArray());
        var none = Semel("transactions", "abort", "--topic", topic, "--partition", "1", "--start-offset", "77");
        Assert.Equal(4, none.ExitCode);
        Assert.Contains("no transaction that began at offset 77 is open in hanging-1", none.Error);
        var aborted = Semel("transactions", "abort", "--topic", topic, "--partition", "1", "--start-offset", "0");
        Assert.True(aborted.ExitCode == 0, aborted.Error);
        Assert.Empty(Json("transactions", "find-hanging", "--topic", topic, "--max-transaction-timeout", "0").EnumerateArray());
        Assert.DoesNotContain(Json("transactions", "describe-producers", "--topic", topic, "--partition", "1").EnumerateArray(), one => one.TryGetProperty("currentTransactionStartOffset", out var _));
        Assert.Equal("Ongoing", State("job-4"));

        var (second, epoch) = LeaveBehind("job-6", topic, "1", "hang");
        var told = Semel("transactions", "abort", "--topic", topic, "--partition", "1", "--producer-id", second, "--producer-epoch", epoch, "--coordinator-epoch", "-1");
        Assert.True(told.ExitCode == 0, told.Error);
        Assert.Empty(Json("transactions", "find-hanging", "--topic", topic, "--max-transaction-timeout", "0").EnumerateArray());
    }

    /// <summary>A group that has read a topic with transactions to its end: Kafka's lag says otherwise, the records left do not.</summary>
    public void RecordsLeftGoToZeroWhereTheLagDoesNot(string protocol)
    {
        var (topic, group) = ($"left-{protocol}", $"readers-{protocol}");
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "1").ExitCode);
        var (producer, epoch) = LeaveBehind($"writer-{protocol}", topic, "0");
        Assert.Equal(0, Semel("transactions", "commit", "--transactional-id", $"writer-{protocol}", "--producer-id", producer, "--producer-epoch", epoch, "--yes").ExitCode);
        Eventually(() => Read(topic).Length == 3);
        LeaveBehind($"aborter-{protocol}", topic, "0", "abort");
        LeaveBehind($"open-{protocol}", topic, "0");
        var read = Tool("kafka-console-consumer.sh", null, "--topic", topic, "--group", group, "--from-beginning", "--isolation-level", "read_committed", "--max-messages", "3", "--timeout-ms", "30000", "--command-property", $"group.protocol={protocol}");
        Assert.Equal(3, read.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        var told = Assert.Single(Json("groups", "describe", group).EnumerateArray());
        Assert.Equal(protocol, told.GetProperty("type").GetString()!.ToLowerInvariant());
        var row = Assert.Single(told.GetProperty("offsets").EnumerateArray());
        Assert.Equal((0, true), (row.GetProperty("recordsLeft").GetInt32(), row.GetProperty("recordsLeftIsExact").GetBoolean()));
        Assert.True(row.GetProperty("lag").GetInt32() >= 3, $"lag {row.GetProperty("lag")}");
        var table = Semel("groups", "describe", group, "--verbose").Output;
        var kafkas = Tool("kafka-consumer-groups.sh", null, "--describe", "--group", group, "--verbose").Output;
        Assert.Equal(Columns(kafkas), Columns(table).Where(column => column != "RECORDS-LEFT"));
    }

    /// <summary>Written by one of our commands in transactions, read by another as a member of a group.</summary>
    public void WhatIsWrittenInTransactionsIsReadByAGroupOnce(string protocol)
    {
        var (topic, group) = ($"written-{protocol}", $"members-{protocol}");
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "2").ExitCode);
        var (file, produce) = TestedProgram.Command("produce", "-t", topic, "-b", bootstrap, "--transactional-id", $"import-{protocol}", "--key-separator", ":", "--property", "parse.key=true");
        var written = Ran.Program(file, [.. produce, "--records-per-transaction", "2"], Limit, input: "1:a\n2:b\n3:c\n4:d\n5:e\n");
        Assert.True(written.ExitCode == 0, written.Error);
        Assert.Contains($"5 records in 3 transactions committed to {topic}", written.Error);
        var aborted = Ran.Program(file, produce, Limit, input: "6:x\n7:y\nno key\n");
        Assert.True(aborted.ExitCode == 1, aborted.Error);
        Assert.Contains("the transaction with 2 records was aborted", aborted.Error);
        Assert.Contains(State($"import-{protocol}"), (string[])["CompleteAbort", "Empty"]);

        string[] member = ["consume", "-t", topic, "--group", group, "--group-protocol", protocol, "--from-beginning", "--exit-at-end", "--quiet"];
        var read = Semel(member);
        Assert.True(read.ExitCode == 0, read.Error);
        Assert.Equal(["a", "b", "c", "d", "e"], read.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        var told = Assert.Single(Json("groups", "describe", group).EnumerateArray());
        Assert.Equal((protocol, 0, 0), (told.GetProperty("type").GetString()!.ToLowerInvariant(), told.GetProperty("members").GetArrayLength(), told.GetProperty("offsets").EnumerateArray().Sum(row => row.GetProperty("recordsLeft").GetInt32())));
        Assert.Equal("", Semel(member).Output);
    }

    public void OffsetsAreResetShownAndDeletedWithTheirGroup()
    {
        const string topic = "resets", group = "resetters";
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "2").ExitCode);
        var (file, produce) = TestedProgram.Command("produce", "-t", topic, "-p", "0", "-b", bootstrap);
        Assert.Equal(0, Ran.Program(file, produce, Limit, input: "a\nb\nc\n").ExitCode);
        Assert.Equal(4, Semel("groups", "describe", group).ExitCode);
        var shown = Semel("groups", "reset-offsets", group, "--topic", topic, "--to-latest");
        Assert.Contains("nothing was changed: add --execute", shown.Error);
        Assert.Equal(4, Semel("groups", "describe", group).ExitCode);

        Assert.Equal(0, Semel("groups", "reset-offsets", group, "--topic", topic, "--to-latest", "--execute").ExitCode);
        Assert.Equal([3, 0], Offsets(group, "currentOffset"));
        Assert.Equal(0, Semel("groups", "reset-offsets", group, "--topic", $"{topic}:0", "--shift-by", "-2", "--execute").ExitCode);
        Assert.Equal([1, 0], Offsets(group, "currentOffset"));
        Assert.Equal([2, 0], Offsets(group, "recordsLeft"));
        Assert.Equal($"{topic},0,0\n{topic},1,0\n", Semel("groups", "reset-offsets", group, "--all-topics", "--to-earliest", "--export").Output);
        var kafkas = Tool("kafka-consumer-groups.sh", null, "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--dry-run").Output;
        Assert.Equal(Columns(kafkas), Columns(Semel("groups", "reset-offsets", group, "--topic", topic, "--to-earliest", "--dry-run").Output));

        Assert.Contains(Json("groups", "list", "--state", "empty").EnumerateArray(), one => one.GetProperty("group").GetString() == group);
        Assert.Equal(0, Semel("groups", "delete-offsets", group, "--topic", $"{topic}:1").ExitCode);
        Assert.Equal([1], Offsets(group, "currentOffset"));
        Assert.Equal($"{group}: deleted\n", Semel("groups", "delete", group).Output);
        var gone = Semel("groups", "delete", group);
        Assert.Equal(4, gone.ExitCode);
        Assert.Contains("there is no such group", gone.Error);
    }

    int[] Offsets(string group, string property) => [.. Assert.Single(Json("groups", "describe", group).EnumerateArray()).GetProperty("offsets").EnumerateArray().Select(row => row.GetProperty(property).GetInt32())];

    public void TheTablesOfTransactionsHaveTheColumnsOfKafkasTool()
    {
        const string topic = "columns";
        Assert.Equal(0, Semel("topics", "create", topic, "--partitions", "1").ExitCode);
        LeaveBehind("job-5", topic, "0");
        foreach (var arguments in (string[][])[["list"], ["describe", "--transactional-id", "job-5"], ["describe-producers", "--topic", topic, "--partition", "0"], ["find-hanging", "--topic", topic]])
            Assert.Equal(Columns(Tool("kafka-transactions.sh", null, arguments).Output), Columns(Semel(["transactions", .. arguments]).Output));
    }

    /// <summary>Kafka ends a transaction and acknowledges that before every marker is there.</summary>
    static void Eventually(Func<bool> condition)
    {
        for (var until = DateTime.UtcNow.AddSeconds(20); !condition();) Assert.True(DateTime.UtcNow < until, "it did not come true within 20 s");
    }
}
