using System.Diagnostics;

namespace Semel.Cli.Tests.Consume;

/// <summary>`semel consume --group`: a member of a group of either protocol.</summary>
public sealed class GroupConsumeTests(WithBroker broker) : IClassFixture<WithBroker>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    async Task<string> TopicAsync(int partitions, params string[] lines)
    {
        var topic = $"t-{Guid.NewGuid():N}";
        await broker.Broker.CreateTopicAsync(topic, partitions);
        if (lines.Length > 0) Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync(string.Join('\n', lines), "produce", "-t", topic)).ExitCode);
        return topic;
    }

    async Task<string[]> ReadAsync(string topic, string group, params string[] arguments)
    {
        var result = await broker.RunAsync(["consume", "-t", topic, "--group", group, .. arguments]);
        Assert.True(result.ExitCode == ExitCode.Success, result.Error);
        return [.. result.Lines.Order()];
    }

    /// <summary>Where nothing is committed: all of the records of these tests.</summary>
    const long Unknown = 2;

    async Task<long> LeftAsync(string group)
    {
        var result = await broker.RunAsync("groups", "describe", group, "--json");
        if (result.ExitCode != ExitCode.Success) return Unknown;
        var rows = System.Text.Json.JsonDocument.Parse(result.Output).RootElement[0].GetProperty("offsets").EnumerateArray()
            .Where(row => row.TryGetProperty("recordsLeft", out _)).ToList();
        return rows.Count == 0 ? Unknown : rows.Sum(row => row.GetProperty("recordsLeft").GetInt64());
    }

    async Task<int> MembersAsync(string group)
    {
        var result = await broker.RunAsync("groups", "members", group, "--json");
        return result.ExitCode != ExitCode.Success ? 0 : System.Text.Json.JsonDocument.Parse(result.Output).RootElement[0].GetProperty("members").GetArrayLength();
    }

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task What_was_printed_is_committed_and_the_next_run_reads_on_behind_it(string protocol)
    {
        var topic = await TopicAsync(2, "a", "b", "c");
        var group = $"g-{protocol}-1";
        Assert.Equal(["a", "b", "c"], await ReadAsync(topic, group, "--group-protocol", protocol, "-e"));
        Assert.Equal(0, await LeftAsync(group));
        await broker.RunWithInputAsync("d\n", "produce", "-t", topic);
        Assert.Equal(["d"], await ReadAsync(topic, group, "--group-protocol", protocol, "-e"));
        Assert.Equal(0, await MembersAsync(group));
    }

    [Fact]
    public async Task Of_a_batch_that_is_not_printed_whole_only_what_was_printed_is_committed()
    {
        var topic = await TopicAsync(1, "a", "b", "c");
        Assert.Equal(["a", "b"], await ReadAsync(topic, "g-count", "--from-beginning", "--count", "2"));
        Assert.Equal(1, await LeftAsync("g-count"));
        Assert.Equal(["c"], await ReadAsync(topic, "g-count", "--from-beginning", "-e", "--commit", "end"));
        Assert.Equal(0, await LeftAsync("g-count"));
    }

    [Fact]
    public async Task Nothing_is_committed_when_that_is_asked_for()
    {
        var topic = await TopicAsync(1, "a");
        for (var time = 0; time < 2; time++) Assert.Equal(["a"], await ReadAsync(topic, "g-none", "-e", "--commit", "none"));
    }

    [Fact]
    public async Task Without_committed_offsets_reading_begins_at_the_end_unless_it_is_told_otherwise()
    {
        var topic = await TopicAsync(1, "a");
        Assert.Empty(await ReadAsync(topic, "g-latest", "--timeout-ms", "300"));
        Assert.Equal(["a"], await ReadAsync(topic, "g-earliest", "--offset", "beginning", "--timeout-ms", "300"));
    }

    [Fact]
    public async Task Records_are_printed_as_JSON_and_several_topics_or_a_pattern_are_read()
    {
        var (first, second) = (await TopicAsync(1, "a"), await TopicAsync(1, "b"));
        Assert.Equal(["a", "b"], await ReadAsync(first, "g-two", "-t", second, "-e"));
        var lines = await ReadAsync($"^({first}|{second})", "g-pattern", "-e", "--json");
        Assert.Equal(["a", "b"], lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("value").GetString()).Order());
        var unknown = await broker.RunAsync("consume", "-t", "no-such", "--group", "g-unknown", "-e");
        Assert.Equal(ExitCode.Refused, unknown.ExitCode);
        Assert.Contains("there is no topic 'no-such'", unknown.Error);
    }

    [Theory]
    [InlineData("classic", "each")]
    [InlineData("classic", "end")]
    [InlineData("consumer", "each")]
    [InlineData("consumer", "end")]
    public async Task An_interrupted_member_commits_what_it_printed_and_leaves_the_group(string protocol, string commit)
    {
        var topic = await TopicAsync(1, "a", "b");
        var group = $"g-{protocol}-{commit}-stop";
        using var stop = new CancellationTokenSource();
        var reading = broker.RunUntilAsync(stop.Token, "", "consume", "-t", topic, "--group", group, "--group-protocol", protocol, "--from-beginning",
            "--commit", commit);
        var clock = Stopwatch.StartNew();
        while (!reading.IsCompleted && clock.Elapsed < Limit && (commit == "each" ? await LeftAsync(group) != 0
            : await MembersAsync(group) == 0)) await Task.Yield();
        await stop.CancelAsync();
        var result = await reading;
        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Contains($"read from {topic}", result.Error);
        if (commit == "each") Assert.Equal(["a", "b"], result.Lines);
        // With "end" it may have been stopped before it came to its records: what it did not print is not committed.
        Assert.Equal((0, result.Lines.Length), (await MembersAsync(group), 2 - (int)await LeftAsync(group)));
    }
}
