using Semel.Protocol.Messages;

namespace Semel.Cli.Tests.Topics;

public sealed class TopicCommandTests(WithBroker broker) : IClassFixture<WithBroker>
{
    [Fact]
    public async Task A_topic_is_made_listed_described_and_deleted()
    {
        var created = await broker.RunAsync("topics", "create", "whole", "--partitions", "3", "--config", "segment.ms=86400000");
        Assert.Equal(new RunResult(ExitCode.Success, "whole: created with 3 partitions\n", ""), created);
        Assert.Contains("whole", (await broker.RunAsync("topics", "list")).Lines);
        var described = await broker.RunAsync("topics", "describe", "whole");
        Assert.Equal(ExitCode.Success, described.ExitCode);
        Assert.Contains("Topic: whole  TopicId: ", described.Lines[0]);
        Assert.EndsWith("PartitionCount: 3  ReplicationFactor: 1  Configs: segment.ms=86400000", described.Lines[0]);
        Assert.Equal(5, described.Lines.Length);
        Assert.Equal("whole: deleted\n", (await broker.RunAsync("topics", "delete", "whole")).Output);
        Assert.DoesNotContain("whole", (await broker.RunAsync("topics", "list")).Lines);
    }

    [Fact]
    public async Task A_setting_that_has_no_effect_is_taken_and_told_when_the_topic_is_made()
    {
        var created = await broker.RunAsync("topics", "create", "kept", "--config", "retention.ms=5", "--config", "max.message.bytes=5000", "--config", "cleanup.policy=compact");
        Assert.Equal((ExitCode.Success, "kept: created with 1 partition\n"), (created.ExitCode, created.Output));
        Assert.Equal("semel: topic 'kept': cleanup.policy=compact, retention.ms=5: kept and told, without effect on this broker.\n", created.Error);
        Assert.Equal("", (await broker.RunAsync("topics", "create", "plain", "--config", "retention.ms=-1", "--config", "min.insync.replicas=1")).Error);
    }

    [Fact]
    public async Task The_options_of_kafkas_tool_do_the_same()
    {
        string[] address = ["--bootstrap-server", broker.Broker.BootstrapServers];
        Assert.Equal(ExitCode.Success, (await broker.RunAsync(["topics", .. address, "--create", "--topic", "kafkas", "--partitions", "2", "--replication-factor", "1"])).ExitCode);
        Assert.Contains("kafkas", (await broker.RunAsync(["topics", .. address, "--list"])).Lines);
        Assert.Contains("PartitionCount: 2", (await broker.RunAsync(["topics", "--describe", "--topic", "kafkas", .. address])).Output);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync(["topics", "--delete", "--topic", "kafkas", .. address])).ExitCode);
    }

    [Fact]
    public async Task Json_tells_the_same()
    {
        var created = await broker.JsonAsync("topics", "create", "json-a,json-b");
        Assert.Equal(["json-a", "json-b"], created.EnumerateArray().Select(topic => topic.GetProperty("topic").GetString()).Order());
        Assert.Contains("json-a", (await broker.JsonAsync("topics", "list")).EnumerateArray().Select(name => name.GetString()));
        var described = Assert.Single((await broker.JsonAsync("topics", "describe", "json-a")).EnumerateArray());
        Assert.Equal(0, Assert.Single(described.GetProperty("partitions").EnumerateArray()).GetProperty("endOffset").GetInt64());
        Assert.True((await broker.JsonAsync("topics", "describe", "json-a", "--configs"))[0].GetProperty("configs").EnumerateObject().Count() > 3);
    }

    [Fact]
    public async Task A_topic_that_exists_is_refused_unless_that_is_said_to_be_fine()
    {
        await broker.RunAsync("topics", "create", "twice");
        var again = await broker.RunAsync("topics", "create", "twice");
        Assert.Equal(ExitCode.Refused, again.ExitCode);
        Assert.Contains("TopicAlreadyExists", again.Error);
        Assert.Contains("--if-not-exists", again.Error);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "create", "twice", "--if-not-exists")).ExitCode);
    }

    [Fact]
    public async Task When_some_topics_fail_the_others_are_done_and_the_exit_code_says_in_part()
    {
        await broker.RunAsync("topics", "create", "part-old");
        var result = await broker.RunAsync("topics", "create", "part-old", "part-new");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("part-new: created", result.Output);
        Assert.StartsWith("semel: topic part-old was not created: ", result.Error);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_refused_unless_that_is_said_to_be_fine()
    {
        var deleted = await broker.RunAsync("topics", "delete", "absent");
        Assert.Equal(ExitCode.Refused, deleted.ExitCode);
        Assert.Contains("semel topics list", deleted.Error);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("topics", "delete", "absent", "--if-exists")).ExitCode);
        Assert.Equal(ExitCode.Refused, (await broker.RunAsync("topics", "describe", "absent")).ExitCode);
    }

    [Theory]
    [InlineData("create", "created")]
    [InlineData("delete", "deleted")]
    public async Task An_interrupted_change_says_that_nobody_knows_whether_it_was_done(string verb, string done)
    {
        await using var silent = await AlteredBroker.StartAsync();
        using var stop = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        silent.Alter = (request, _) =>
        {
            if (request is not (CreateTopicsRequest or DeleteTopicsRequest)) return;
            stop.Cancel();
            ended.Task.Wait();
        };
        var result = await silent.RunAsync(stop.Token, "topics", verb, "orders");
        ended.SetResult();
        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Contains($"may have been {done}, or not", result.Error);
        Assert.Contains("semel topics list", result.Error);
    }

    [Theory]
    [InlineData(ExitCode.Refused, "topics", "create", "no/slash")]
    [InlineData(ExitCode.Refused, "topics", "create", "copies", "--replication-factor", "3")]
    [InlineData(ExitCode.Refused, "topics", "create", "config", "--config", "retention.msec=5")]
    [InlineData(ExitCode.Usage, "topics", "create")]
    [InlineData(ExitCode.Usage, "topics", "create", "x", "--partitions", "0")]
    [InlineData(ExitCode.Usage, "topics", "crate", "x")]
    [InlineData(ExitCode.Usage, "topics")]
    [InlineData(ExitCode.Usage, "topics", "--alter", "--topic", "x")]
    public async Task What_cannot_be_is_refused(ExitCode expected, params string[] arguments)
    {
        var result = await broker.RunAsync(arguments);
        Assert.Equal(expected, result.ExitCode);
        Assert.NotEqual("", result.Error);
        Assert.Equal("", result.Output);
    }
}
