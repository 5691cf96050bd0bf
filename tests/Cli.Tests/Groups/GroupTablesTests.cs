using System.Text;
using Semel.Cli.Groups;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Groups;

/// <summary>The columns are those of Kafka's tool, RECORDS-LEFT is ours.</summary>
public sealed class GroupTablesTests
{
    static readonly MemberDescription Member = new("m-1", null, "app", "/10.0.0.1", 4, [new("orders", 1), new("orders", 0), new("a", 2)], [new("orders", 0)]);
    static readonly GroupDescription Group = new("billing", "Consumer", "Stable", "consumer", "uniform", new NodeId(1), "127.0.0.1:9092", [Member]) { Epoch = 5, AssignmentEpoch = 6 };

    static string[] Lines(Action<OutputText> write)
    {
        using var stream = new MemoryStream();
        using (var output = new OutputText(stream))
        {
            write(output);
            output.Flush();
        }
        return [.. Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
    }

    [Fact]
    public void Offsets_have_their_lag_and_what_is_left_to_read()
    {
        var report = new GroupReport(Group,
        [
            new(new("orders", 0), new(6, 3, ""), 9, new(0, IsExact: true), Member),
            new(new("orders", 1), new(2, -1, ""), 1_000_000, new(70_000, IsExact: false), null),
            new(new("orders", 2), null, 4, null, Member),
            new(new("gone", 0), new(7, -1, ""), null, null, null),
        ]);
        Assert.Equal(
            ["GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG RECORDS-LEFT CONSUMER-ID HOST CLIENT-ID", "billing orders 0 6 9 3 0 m-1 /10.0.0.1 app", "billing orders 1 2 1000000 999998 70000+ - - -", "billing orders 2 - 4 - - m-1 /10.0.0.1 app", "billing gone 0 7 - - - - - -"],
            Lines(output => GroupTables.WriteOffsets(output, [report], verbose: false)));
        Assert.Equal("billing orders 0 3 6 9 3 0 m-1 /10.0.0.1 app", Lines(output => GroupTables.WriteOffsets(output, [report], verbose: true))[1]);
    }

    [Fact]
    public void Members_show_their_partitions_and_with_more_columns_where_they_are_going()
    {
        Assert.Equal(["GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS", "billing m-1 /10.0.0.1 app 3"], Lines(output => GroupTables.WriteMembers(output, [Group], verbose: false)));
        Assert.Equal(
            ["GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS CURRENT-EPOCH CURRENT-ASSIGNMENT TARGET-EPOCH TARGET-ASSIGNMENT", "billing m-1 /10.0.0.1 app 3 4 a:2;orders:0,1 6 orders:0"],
            Lines(output => GroupTables.WriteMembers(output, [Group], verbose: true)));
        var withInstance = Group with { Members = [Member, new("m-2", "static", "app", "/10.0.0.2", null, null, null)] };
        Assert.Equal(["GROUP CONSUMER-ID GROUP-INSTANCE-ID HOST CLIENT-ID #PARTITIONS", "billing m-1 - /10.0.0.1 app 3", "billing m-2 static /10.0.0.2 app -"], Lines(output => GroupTables.WriteMembers(output, [withInstance], verbose: false)));
    }

    [Fact]
    public void The_state_comes_with_the_coordinator()
    {
        Assert.Equal(["GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS", "billing 127.0.0.1:9092 (1) uniform Stable 1"], Lines(output => GroupTables.WriteStates(output, [Group], verbose: false)));
        Assert.Equal("billing 127.0.0.1:9092 (1) uniform Stable 5 6 1", Lines(output => GroupTables.WriteStates(output, [Group], verbose: true))[1]);
        Assert.Equal("g 127.0.0.1:9092 (1) - Empty 0", Lines(output => GroupTables.WriteStates(output, [new("g", "Classic", "Empty", "", "", new NodeId(1), "127.0.0.1:9092", [])], verbose: false))[1]);
    }
}
