using Semel.Cli.Transactions;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Transactions;

public sealed class HangingRuleTests
{
    static readonly OpenTransaction Open = new(new("orders", 1), new ProducerId(7), 2, 0, Start: 100, LastTimestamp: 1_000_000);

    static TransactionDescription Known(long producerId, params TopicPartition[] partitions) => new("billing-0", new NodeId(1), "Ongoing", new ProducerId(producerId), new ProducerEpoch(2), TimeSpan.FromMinutes(1), 5, partitions);

    [Theory]
    [InlineData(1_000_000 + 15 * 60_000, false)]
    [InlineData(1_000_000 + 15 * 60_000 + 1, true)]
    public void What_was_written_to_within_the_longest_time_out_is_left_out(long now, bool may) => Assert.Equal(may, HangingRule.MayHang(Open, now, TimeSpan.FromMinutes(15)));

    [Fact]
    public void A_transaction_that_its_coordinator_has_with_this_partition_does_not_hang() => Assert.False(HangingRule.Hangs(Open, [Known(7, new("orders", 0), new("orders", 1))]));

    [Fact]
    public void One_that_no_coordinator_has_hangs()
    {
        Assert.True(HangingRule.Hangs(Open, []));
        Assert.True(HangingRule.Hangs(Open, [Known(8, new TopicPartition("orders", 1))]));
    }

    /// <summary>The producer went on: its present transaction does not reach this partition, and nobody will end the old one.</summary>
    [Fact]
    public void One_whose_coordinator_has_a_transaction_without_this_partition_hangs() => Assert.True(HangingRule.Hangs(Open, [Known(7, new TopicPartition("orders", 0))]));
}
