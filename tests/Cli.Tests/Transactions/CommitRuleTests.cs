using Semel.Cli.Transactions;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Transactions;

/// <summary>A transaction is committed in place of its owner only while it is the one that was meant, and nobody has decided otherwise.</summary>
public sealed class CommitRuleTests
{
    static TransactionDescription Told(string state, long producerId = 4000, short epoch = 7) => new("billing-0", new NodeId(1), state, new ProducerId(producerId), new ProducerEpoch(epoch), TimeSpan.FromMinutes(1), 5, [new("orders", 0)]);

    static string? Refusal(TransactionDescription told) => CommitRule.Refusal(told, new ProducerId(4000), new ProducerEpoch(7));

    [Fact]
    public void An_open_transaction_of_that_producer_and_epoch_may_be_committed() => Assert.Null(Refusal(Told("Ongoing")));

    [Theory]
    [InlineData("PrepareCommit", "is being committed already")]
    [InlineData("CompleteCommit", "has been committed already")]
    [InlineData("PrepareAbort", "is being aborted")]
    [InlineData("PrepareEpochFence", "is being aborted")]
    [InlineData("CompleteAbort", "has been aborted")]
    [InlineData("Empty", "has no transaction")]
    [InlineData("Dead", "in the state Dead")]
    [InlineData("SomethingNew", "in the state SomethingNew")]
    public void In_every_other_state_it_is_said_why_not(string state, string reason) => Assert.Contains(reason, Refusal(Told(state)));

    [Theory]
    [InlineData(4001, 7)]
    [InlineData(4000, 8)]
    [InlineData(4000, 6)]
    public void Another_producer_or_epoch_is_refused_though_its_transaction_is_open(long producerId, short epoch)
    {
        var refusal = Refusal(Told("Ongoing", producerId, epoch));
        Assert.Contains($"belongs to producer {producerId} epoch {epoch} (Ongoing), not to producer 4000 epoch 7", refusal);
    }
}
