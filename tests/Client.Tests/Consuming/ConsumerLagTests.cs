using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>Who has read to the end has nothing left to do.</summary>
public sealed class ConsumerLagTests : ConsumerTest
{
    long? Lag(IConsumer<string, string> consumer) => consumer.GetPositions(_partition).Lag;

    [Theory]
    [InlineData("read_committed")]
    [InlineData("read_uncommitted")]
    public async Task After_reading_to_the_end_the_lag_is_0(string isolation)
    {
        _log.Append("0", "1").Append("2");
        var consumer = Reading(Offset.Beginning, ("isolation.level", isolation));
        Assert.Equal(["0", "1", "2"], await ToEndAsync(consumer));
        Assert.Equal((3L, 3L, 0L), (consumer.GetPositions(_partition).Delivered, consumer.GetPositions(_partition).Processed, Lag(consumer)));
        _log.Append("3");
        Assert.Equal(["3"], await ToEndAsync(consumer));
        Assert.Equal(0, Lag(consumer));
    }

    [Fact]
    public async Task Markers_and_aborted_records_at_the_end_are_no_lag()
    {
        _log.Append("0").Transactional(1, CompressionCodec.None, "1").Abort(1, 1);
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0"], await ToEndAsync(consumer));
        Assert.Equal(0, Lag(consumer));
    }

    [Fact]
    public async Task A_partition_without_a_record_has_no_lag_and_not_an_unknown_one()
    {
        var consumer = Reading(Offset.Beginning);
        Assert.Empty(await ToEndAsync(consumer));
        Assert.Equal(0, Lag(consumer));
    }

    [Fact]
    public async Task Who_begins_at_the_end_has_no_lag()
    {
        _log.Append("0");
        var consumer = Reading(Offset.End);
        Assert.Empty(await ToEndAsync(consumer));
        Assert.Equal(0, Lag(consumer));
    }

    [Fact]
    public async Task Who_stops_before_the_end_is_not_done_with_the_last_record_he_got()
    {
        _log.Append("0", "1", "2");
        var consumer = Reading(Offset.Beginning);
        await foreach (var record in consumer.ConsumeUntilEndAsync())
            if (record.Offset.Value == 1) break;
        Assert.Equal((2L, 1L), (consumer.GetPositions(_partition).Delivered, consumer.GetPositions(_partition).Processed));
        Assert.Equal(2, Lag(consumer));
    }
}
