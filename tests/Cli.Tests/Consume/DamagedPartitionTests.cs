using System.Buffers.Binary;
using Semel.Cli.Consume;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Cli.Tests.Consume;

/// <summary>
/// A partition that serves and has a hole: a fetch that begins in it is answered with CORRUPT_MESSAGE, and DescribeProducers tells where it lies.
/// </summary>
public sealed class DamagedPartitionTests
{
    const int Hole = 2, Behind = 4;
    const string Reason = "offsets 2 to 3 cannot be read: 00000000000000000000.log is damaged at position 140; records lie before offset 2 and from offset 4 on";

    static async Task<AlteredBroker> WithHoleAsync(string reason = Reason)
    {
        var broker = await AlteredBroker.StartAsync();
        await broker.Broker.CreateTopicAsync("t");
        Assert.Equal(ExitCode.Success, (await broker.RunWithInputAsync("a\nb\nc\nd\ne\nf\n", "produce", "-t", "t", "--sync")).ExitCode);
        // A fetch of a session leaves out what it has asked for before.
        var from = 0L;
        broker.Alter = (request, answer) =>
        {
            if (answer is DescribeProducersResponse producers)
                foreach (var partition in producers.Topics.SelectMany(topic => topic.Partitions)) partition.ErrorMessage = reason;
            if (request is not FetchRequest asked || answer is not FetchResponse fetched) return;
            if (asked.Topics is [{ Partitions: [var changed] }]) from = changed.FetchOffset;
            foreach (var partition in fetched.Responses.SelectMany(topic => topic.Partitions))
            {
                if (from >= Behind) continue;
                if (from >= Hole) (partition.ErrorCode, partition.Records) = (ErrorCode.CorruptMessage, default);
                else partition.Records = BatchesBefore(Hole, partition.Records!.Value);
            }
        };
        return broker;
    }

    static ReadOnlyMemory<byte> BatchesBefore(long offset, ReadOnlyMemory<byte> batches)
    {
        var length = 0;
        while (length < batches.Length && BinaryPrimitives.ReadInt64BigEndian(batches.Span[length..]) < offset) length += 12 + BinaryPrimitives.ReadInt32BigEndian(batches.Span[(length + 8)..]);
        return batches[..length];
    }

    [Fact]
    public async Task Reading_ends_before_the_hole_with_its_place_and_the_way_past_it()
    {
        await using var broker = await WithHoleAsync();
        var result = await broker.RunAsync("consume", "-t", "t", "-e");
        Assert.Equal((ExitCode.Damaged, "a\nb\n"), (result.ExitCode, result.Output));
        Assert.Contains(Reason, result.Error);
        Assert.Contains("--partition 0 --offset 4 reads on behind it", result.Error);
        Assert.Contains("--skip-damaged", result.Error);
    }

    [Fact]
    public async Task The_way_that_is_told_leads_past_it()
    {
        await using var broker = await WithHoleAsync();
        Assert.Equal((ExitCode.Success, "e\nf\n"), await broker.RunAsync("consume", "-t", "t", "-e", "-p", "0", "-o", "4") is var result ? (result.ExitCode, result.Output) : default);
    }

    [Theory]
    [InlineData(Reason)]
    [InlineData("00000000000000000000.log is damaged at position 140")]
    public async Task With_skip_damaged_reading_goes_on_behind_it_and_tells_what_was_left_out(string reason)
    {
        await using var broker = await WithHoleAsync(reason);
        var result = await broker.RunAsync("consume", "-t", "t", "-e", "--skip-damaged");
        Assert.Equal((ExitCode.Damaged, "a\nb\ne\nf\n"), (result.ExitCode, result.Output));
        Assert.Contains("t-0: offsets 2 to ", result.Error);
        Assert.Contains(reason, result.Error);
        Assert.Contains("4 records read from t", result.Error);
    }

    [Fact]
    public async Task A_description_tells_of_the_hole()
    {
        await using var broker = await WithHoleAsync();
        var result = await broker.RunAsync("topics", "describe", "t");
        Assert.Equal(ExitCode.Damaged, result.ExitCode);
        Assert.Contains($"t-0: damaged in a part of it: {Reason}", result.Error);
        Assert.Contains("--skip-damaged", result.Error);
        Assert.Contains("6", result.Lines[2]);
    }

    [Theory]
    [InlineData(2, "offsets 2 to 3 cannot be read, from offset 4 on they can", 4L)]
    [InlineData(3, "offsets 2 to 3 cannot be read, from offset 4 on they can", 4L)]
    [InlineData(2, "the hole lies between offsets 1 and 5", 5L)]
    [InlineData(2, "offsets 2 to 4 are in the hole", 4L)]
    [InlineData(2, "00000000000000000000.log is damaged at position 140", null)]
    [InlineData(2, "damage between offset 1 and offset 5; Offset 9 is next", 5L)]
    [InlineData(2, "a hole at offsets 0-1, and one at offsets 7-9", 7L)]
    [InlineData(9, "offsets 2 to 3 cannot be read", null)]
    public void The_first_offset_behind_a_place_is_taken_from_the_brokers_words(long offset, string text, long? expected) => Assert.Equal(expected, DamagedPartitions.NextBehind(offset, text));
}
