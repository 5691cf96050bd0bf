using System.Text.Json;
using Semel.Cli.Tests.Transactions;
using Semel.Protocol.Messages;

namespace Semel.Cli.Tests.Groups;

public sealed class GroupCommandTests(WithBroker broker) : IClassFixture<WithBroker>
{
    async Task<JsonElement> DescribedAsync(string group) => Assert.Single((await broker.JsonWithWordsAsync("groups", "describe", group)).EnumerateArray());

    /// <summary>A number for each partition, with commas between them.</summary>
    async Task<string> OffsetsAsync(string group, string property) => string.Join(',', (await DescribedAsync(group)).GetProperty("offsets").EnumerateArray().Select(row => row.GetProperty(property).GetInt32()));

    async Task ProduceAsync(string topic, string lines) => Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync(lines, "produce", "-t", topic, "-p", "0")).ExitCode);

    [Fact]
    public async Task Offsets_are_planned_set_shown_and_deleted()
    {
        await broker.Broker.CreateTopicAsync("reset-t", 2);
        await ProduceAsync("reset-t", "a\nb\nc\n");
        string[] reset = ["groups", "reset-offsets", "resetters", "--topic", "reset-t"];
        var planned = await broker.RunAsync([.. reset, "--to-latest"]);
        Assert.Equal((ExitCode.Success, "semel: nothing was changed: add --execute to commit these offsets.\n"), (planned.ExitCode, planned.Error));
        Assert.Equal(["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"], planned.Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCode.Refused, (await broker.RunAsync("groups", "describe", "resetters")).ExitCode);
        Assert.Equal("", (await broker.RunAsync([.. reset, "--to-latest", "--dry-run"])).Error);

        Assert.Equal(ExitCode.Success, (await broker.RunAsync([.. reset, "--to-latest", "--execute"])).ExitCode);
        Assert.Equal("3,0", await OffsetsAsync("resetters", "currentOffset"));
        var shifted = await broker.RunAsync("groups", "reset-offsets", "--group", "resetters", "--topic", "reset-t:0", "--shift-by", "-9", "--execute");
        Assert.Equal("semel: reset-t-0: -6 is before its first record: set to 0.\n", shifted.Error);
        Assert.Equal("3,0", await OffsetsAsync("resetters", "recordsLeft"));
        Assert.Equal("3,0", await OffsetsAsync("resetters", "lag"));
        Assert.Equal("reset-t,0,2\nreset-t,1,0\n", (await broker.RunAsync([.. reset, "--to-offset", "2", "--export"])).Output);
        var unknown = await broker.RunAsync("groups", "reset-offsets", "resetters", "--topic", "reset-t:7", "--to-latest", "--execute");
        Assert.Equal(ExitCode.Refused, unknown.ExitCode);
        Assert.Contains("has 2 partitions, none of them is number 7", unknown.Error);

        Assert.Equal(ExitCode.Success, (await broker.RunAsync("groups", "delete-offsets", "resetters", "--topic", "reset-t:1")).ExitCode);
        Assert.Equal("0", await OffsetsAsync("resetters", "currentOffset"));
        Assert.Equal(new RunResult(ExitCode.Success, "resetters: deleted\n", ""), await broker.RunAsync("groups", "delete", "resetters"));
        var gone = await broker.RunAsync("groups", "describe", "resetters");
        Assert.Equal((ExitCode.Refused, "semel: there is no group 'resetters'.\n       'semel groups list' shows the groups there are.\n"), (gone.ExitCode, gone.Error));
    }

    [Fact]
    public async Task What_one_file_has_the_next_reset_takes()
    {
        await broker.Broker.CreateTopicAsync("file-t", 1);
        await ProduceAsync("file-t", "a\nb\n");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, (await broker.RunAsync("groups", "reset-offsets", "from-file", "--topic", "file-t", "--to-offset", "1", "--export")).Output);
            Assert.Equal(ExitCode.Success, (await broker.RunAsync("groups", "reset-offsets", "from-file", "--from-file", file, "--execute")).ExitCode);
            Assert.Equal("1", await OffsetsAsync("from-file", "currentOffset"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_group_with_members_shows_them_and_keeps_its_offsets_to_itself()
    {
        await broker.Broker.CreateTopicAsync("live-t", 2);
        await using var member = await ClassicMember.JoinAsync(broker.Broker.BootstrapServers, "live", "live-t", 0, 1);
        var line = Assert.Single((await broker.RunAsync("groups", "members", "live", "--verbose")).Lines[1..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["live", member.Id, "member", "2", "-", "live-t:0,1", "-", "-"], line.Where((_, column) => column != 2));
        Assert.Equal((await broker.RunAsync("groups", "members", "live")).Output, (await broker.RunAsync("groups", "--describe", "--group", "live", "--members")).Output);
        var state = (await broker.RunAsync("groups", "describe", "live", "--state")).Lines[1];
        Assert.Matches(@"^live +127\.0\.0\.1:\d+ \(1\) +range +Stable +1$", state);
        Assert.Equal(["live-t 0 -", "live-t 1 -"], (await broker.RunAsync("groups", "describe", "live")).Lines[1..].Select(row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..4])));
        Assert.Contains("live", (await broker.RunAsync("groups", "list", "--state", "stable", "--type", "classic")).Output);

        var reset = await broker.RunAsync("groups", "reset-offsets", "live", "--topic", "live-t", "--to-latest", "--execute");
        Assert.Equal(ExitCode.Refused, reset.ExitCode);
        Assert.Contains("group 'live' has members (its state is Stable)", reset.Error);
        var deleted = await broker.RunAsync("groups", "delete", "live", "no-such");
        Assert.Equal(ExitCode.Refused, deleted.ExitCode);
        Assert.Contains("group 'live': not deleted: it has members", deleted.Error);
        Assert.Contains("'semel groups members live' shows them", deleted.Error);
        Assert.Contains("group 'no-such': not deleted: there is no such group", deleted.Error);

        await member.LeaveAsync();
        Assert.Equal("live: deleted\n", (await broker.RunAsync("groups", "delete", "live")).Output);
    }

    /// <summary>The lag counts a marker, the records left do not; what a transaction that is open has written is not to be read yet.</summary>
    [Fact]
    public async Task Records_left_go_to_zero_on_a_topic_with_transactions()
    {
        await broker.Broker.CreateTopicAsync("marked-t", 1);
        var (id, epoch) = await LeftBehind.BeginAsync(broker.Broker.BootstrapServers, "marking", "marked-t", 0);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("transactions", "commit", "--transactional-id", "marking", "--producer-id", $"{id}", "--producer-epoch", $"{epoch}", "--yes")).ExitCode);
        await LeftBehind.BeginAsync(broker.Broker.BootstrapServers, "dropping", "marked-t", 0);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("transactions", "abort", "--transactional-id", "dropping")).ExitCode);
        await LeftBehind.BeginAsync(broker.Broker.BootstrapServers, "opening", "marked-t", 0);
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("groups", "reset-offsets", "marked", "--topic", "marked-t", "--to-earliest", "--execute")).ExitCode);
        // A record, its marker; an aborted record, its marker; an open record.
        Assert.Equal(("5", "1"), (await OffsetsAsync("marked", "lag"), await OffsetsAsync("marked", "recordsLeft")));
        Assert.Equal(ExitCode.Success, (await broker.RunAsync("groups", "reset-offsets", "marked", "--topic", "marked-t", "--to-offset", "1", "--execute")).ExitCode);
        Assert.Equal(("4", "0"), (await OffsetsAsync("marked", "lag"), await OffsetsAsync("marked", "recordsLeft")));
        Assert.EndsWith("4  -  -  -  -", string.Join("  ", (await broker.RunAsync("groups", "describe", "marked", "--count-limit", "0")).Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_is_gone_are_told_as_such_and_the_others_are_shown()
    {
        await using var altered = await AlteredBroker.StartAsync();
        await altered.Broker.CreateTopicAsync("there-t", 1);
        Assert.Equal(ExitCode.Success, (await altered.RunAsync("groups", "reset-offsets", "widowed", "--topic", "there-t", "--to-earliest", "--execute")).ExitCode);
        altered.Alter = (_, answer) =>
        {
            if (answer is OffsetFetchResponse { Groups: [var group] }) group.Topics.Add(new() { Name = "gone-t", Partitions = [new() { PartitionIndex = 3, CommittedOffset = 7 }] });
        };
        var told = await altered.RunAsync("groups", "describe", "widowed");
        Assert.Equal(ExitCode.Success, told.ExitCode);
        Assert.Contains("there is no topic 'gone-t' any more", told.Error);
        Assert.Equal(["widowed gone-t 3 7 - - - - - -", "widowed there-t 0 0 0 0 0 - - -"], told.Lines[1..].Select(row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public async Task All_groups_are_described_and_one_that_is_missing_does_not_hide_the_others()
    {
        await broker.Broker.CreateTopicAsync("many-t", 1);
        foreach (var group in (string[])["many-a", "many-b"]) Assert.Equal(ExitCode.Success, (await broker.RunAsync("groups", "reset-offsets", group, "--topic", "many-t", "--to-earliest", "--execute")).ExitCode);
        var all = (await broker.JsonWithWordsAsync("groups", "describe", "--all-groups")).EnumerateArray().Select(group => group.GetProperty("group").GetString()).ToList();
        Assert.Superset(new HashSet<string?> { "many-a", "many-b" }, all.ToHashSet());
        var some = await broker.RunAsync("groups", "describe", "many-a", "missing", "--json");
        Assert.Equal((ExitCode.Failed, 1), (some.ExitCode, JsonDocument.Parse(some.Output).RootElement.GetArrayLength()));
        Assert.Contains("there is no group 'missing'", some.Error);
    }
}
