using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Handlers;

/// <summary>A log of which a part in the middle cannot be read: what lies before and behind is served, the hole is told, and nobody stands still.</summary>
public class HoleTests : StoreTest
{
    /// <summary>Ten records in ten batches in partition 0, two in partition 1.</summary>
    async Task<FrameClient> FillAsync(ProducerId producer = default)
    {
        await CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        for (var i = 0; i < 10; i++) await client.ProduceAsync("t", 0, producer == default ? TestBatch.Plain($"{i}") : TestBatch.Of(producer, 0, i, $"{i}"));
        for (var i = 0; i < 2; i++) await client.ProduceAsync("t", 1, TestBatch.Plain($"other {i}"));
        return client;
    }

    [Fact]
    public async Task What_lies_before_and_behind_a_hole_is_read_and_each_offset_in_it_is_an_error_that_is_written_once()
    {
        var client = await FillAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        Assert.Equal(["0", "1", "2"], TestBatch.ValuesOf((await client.FetchAsync("t", 0, 0)).Records!.Value));
        for (var offset = 3; offset < 6; offset++)
        {
            var row = await client.FetchAsync("t", 0, offset);
            Assert.Equal((ErrorCode.CorruptMessage, 0), (row.ErrorCode, row.Records!.Value.Length));
        }
        Assert.Equal(["6", "7", "8", "9"], TestBatch.ValuesOf((await client.FetchAsync("t", 0, 6)).Records!.Value));
        var line = Assert.Single(Lines.All, line => line.Id == 215).Text;
        Assert.Contains("offsets 3 to 5", line);
        Assert.Equal((ErrorCode.None, 10L), await client.ProduceAsync("t", 0, TestBatch.Plain("10")) is var appended ? (appended.ErrorCode, appended.BaseOffset) : default);
    }

    [Fact]
    public async Task A_fetch_that_meets_a_hole_is_answered_at_once_with_what_the_other_partitions_have()
    {
        var client = await FillAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        var request = Requests.Fetch("t", 0, 4, maxWaitMs: int.MaxValue, minBytes: int.MaxValue);
        request.Topics[0].Partitions.Add(new() { Partition = 1, PartitionMaxBytes = 1 << 20 });
        var rows = (await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions;
        Assert.Equal([ErrorCode.CorruptMessage, ErrorCode.None], rows.Select(row => row.ErrorCode));
        Assert.Equal(["other 0", "other 1"], TestBatch.ValuesOf(rows[1].Records!.Value));
    }

    [Fact]
    public async Task Holes_are_named_beside_the_producers_of_a_partition_that_serves()
    {
        var client = await FillAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        var described = (await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0, 1] }] }, 0)).Topics[0].Partitions;
        Assert.Equal([ErrorCode.None, ErrorCode.None], described.Select(row => row.ErrorCode));
        Assert.Contains("offsets 3 to 5", described[0].ErrorMessage);
        Assert.Null(described[1].ErrorMessage);
    }

    [Theory]
    [InlineData(-1L, ErrorCode.None, 10L)]
    [InlineData(-2L, ErrorCode.None, 0L)]
    [InlineData(-3L, ErrorCode.CorruptMessage, -1L)]
    [InlineData(0L, ErrorCode.None, 0L)]
    [InlineData(long.MaxValue, ErrorCode.CorruptMessage, -1L)]
    public async Task An_offset_is_found_when_the_hole_cannot_hold_it(long timestamp, ErrorCode error, long offset)
    {
        var client = await FillAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        var row = (await client.AskAsync(new ListOffsetsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }] }, 7)).Topics[0].Partitions[0];
        Assert.Equal((error, offset), (row.ErrorCode, row.Offset));
    }

    [Fact]
    public async Task A_partition_whose_producers_cannot_be_folded_is_read_but_takes_nothing_and_says_why()
    {
        await FillAsync(new ProducerId(7));
        await Broker.KillAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        await StartAsync();
        await Broker.LogsOpened;
        var client = await ConnectAsync();
        Assert.Contains("t-0~", await Lines.WaitForAsync(216));
        Assert.Contains("offsets 3 to 5", await Lines.WaitForAsync(215));
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 12)).Topics[0].Partitions[0].ErrorCode);

        var read = await client.FetchAsync("t", 0, 6);
        // Whether what lies behind the hole was committed, a marker in the hole may have said.
        Assert.Equal((ErrorCode.None, 10L, 6L, 0L), (read.ErrorCode, read.HighWatermark, read.LastStableOffset, read.LogStartOffset));
        Assert.Equal(["6", "7", "8", "9"], TestBatch.ValuesOf(read.Records!.Value));
        Assert.Equal(0, (await client.FetchAsync("t", 0, 6, IsolationLevel.ReadCommitted)).Records!.Value.Length);
        Assert.Equal(["0", "1", "2"], TestBatch.ValuesOf((await client.FetchAsync("t", 0, 0, IsolationLevel.ReadCommitted)).Records!.Value));
        foreach (var isolation in Enum.GetValues<IsolationLevel>()) Assert.Equal(ErrorCode.CorruptMessage, (await client.FetchAsync("t", 0, 3, isolation)).ErrorCode);

        var refused = await client.ProduceAsync("t", 0, TestBatch.Of(new ProducerId(7), 0, 9, "9"));
        Assert.Equal(ErrorCode.KafkaStorageError, refused.ErrorCode);
        Assert.Contains("could not be recognised", refused.ErrorMessage);
        Assert.Contains("offsets 3 to 5", refused.ErrorMessage);
        var described = (await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 0)).Topics[0].Partitions[0];
        Assert.Equal(ErrorCode.KafkaStorageError, described.ErrorCode);
        Assert.Contains("offsets 3 to 5", described.ErrorMessage);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 1, TestBatch.Plain("x"))).ErrorCode);
        await Broker.StopAsync();
    }

    [Fact]
    public async Task A_snapshot_above_the_hole_makes_it_a_matter_of_readers_alone()
    {
        var producer = new ProducerId(7);
        await FillAsync(producer);
        await Broker.StopAsync();
        Store.Inner.MakeHole(LogOf("t"), 3, 6);
        await StartAsync();
        var client = await ConnectAsync();
        var again = await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 9, "9"));
        Assert.Equal((ErrorCode.None, 9L), (again.ErrorCode, again.BaseOffset));
        Assert.Equal((ErrorCode.None, 10L), await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 10, "10")) is var next ? (next.ErrorCode, next.BaseOffset) : default);
    }

    [Fact]
    public async Task A_read_that_gives_nothing_where_there_are_records_is_an_error_with_a_line_and_no_silence()
    {
        var client = await FillAsync();
        Store.GivesNothing = name => name.StartsWith("t-0~", StringComparison.Ordinal);
        var row = (await client.AskAsync(Requests.Fetch("t", 0, 2, maxWaitMs: int.MaxValue), Requests.FetchVersion)).Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.KafkaStorageError, row.ErrorCode);
        Assert.Contains("t-0: offset 2 could not be read", await Lines.WaitForAsync(217));
        Assert.Equal(ErrorCode.None, (await client.FetchAsync("t", 0, 10)).ErrorCode);
    }

    [Fact]
    public async Task A_read_that_fails_is_a_storage_error_with_a_line_that_names_offset_and_reason()
    {
        var client = await FillAsync();
        Store.ReadFault = (name, offset) => name.StartsWith("t-0~", StringComparison.Ordinal) && offset == 2 ? new IOException("Input/output error : '/data/t-0/0.log'") : null;
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync("t", 0, 2)).ErrorCode);
        var line = await Lines.WaitForAsync(217);
        Assert.Contains("offset 2", line);
        Assert.Contains("/data/t-0/0.log", line);
        Store.ReadFault = (_, _) => new UnauthorizedAccessException("Access to the path '/data/t-0/0.log' is denied.");
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync("t", 0, 0)).ErrorCode);
        Store.ReadFault = null;
        Assert.Equal("2", TestBatch.ValuesOf((await client.FetchAsync("t", 0, 2)).Records!.Value)[0]);
    }
}
