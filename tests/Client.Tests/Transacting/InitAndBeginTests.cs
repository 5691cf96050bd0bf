using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>Claiming the transactional id, and the begin of a transaction: which protocol it has, and when the epoch is raised before it.</summary>
public class InitAndBeginTests
{
    [Fact]
    public void The_claim_names_no_identity_and_a_raise_names_the_present_one()
    {
        var script = new TransactionScript(version: 1);
        script.Init();
        Assert.True(script.Request<InitProducerRequest>().Identity.IsNone);
        script.Grant(7, 3);
        script.Begin();
        script.Deliver();
        script.Commit();
        script.Lose<EndTransactionRequest>();
        script.WaitFor<EndTransactionRequest>();
        script.EndDone();
        Assert.Equal(TransactionScript.Identity(7, 3), script.Request<InitProducerRequest>().Identity);
    }

    /// <summary>Who takes over a crashed instance is told so at least once.</summary>
    [Fact]
    public void A_transaction_that_is_still_being_aborted_is_waited_for()
    {
        var script = new TransactionScript();
        var call = script.Init();
        for (var at = 0; at < 20; at++)
        {
            script.Answer<InitProducerRequest>(ErrorCode.ConcurrentTransactions);
            script.WaitFor<InitProducerRequest>();
        }
        Assert.InRange(script.Now.TotalSeconds, 5, 20);
        script.Grant(7, 2);
        Assert.IsType<CallDone>(script.Ends[call]);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Theory]
    [InlineData(ErrorCode.CoordinatorNotAvailable, true)]
    [InlineData(ErrorCode.NotCoordinator, true)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, false)]
    public void The_coordinator_is_looked_for_again_where_that_helps(ErrorCode code, bool looksUp)
    {
        var script = new TransactionScript();
        script.Init();
        script.Answer<InitProducerRequest>(code);
        script.WaitFor<InitProducerRequest>();
        Assert.Equal(looksUp, script.Question<InitProducerRequest>().LooksUp);
    }

    [Fact]
    public void A_lost_answer_is_asked_for_again()
    {
        var script = new TransactionScript();
        var call = script.Init();
        script.Lose<InitProducerRequest>();
        script.WaitFor<InitProducerRequest>();
        script.Grant(7, 5);
        Assert.IsType<CallDone>(script.Ends[call]);
        Assert.Equal(TransactionScript.Identity(7, 5), script.Machine.Identity);
    }

    [Fact]
    public void When_the_time_is_over_the_call_can_be_repeated()
    {
        var script = new TransactionScript();
        var call = script.Init(within: 1000);
        script.Lose<InitProducerRequest>(wasWritten: false);
        for (; script.State == TransactionState.Initializing; script.WaitThrough(100))
            if (script.Asked.Count > 0) script.Lose<InitProducerRequest>(wasWritten: false);
        Assert.Equal(ErrorClass.Retriable, script.Failure(call).Class);
        Assert.Equal(TransactionState.Uninitialized, script.State);
        var again = script.Init();
        if (script.Asked.Count == 0) script.WaitFor<InitProducerRequest>();
        script.Grant(7, 0);
        Assert.IsType<CallDone>(script.Ends[again]);
    }

    [Theory]
    [InlineData(ErrorCode.InvalidTransactionTimeout, "transaction.max.timeout.ms")]
    [InlineData(ErrorCode.TransactionalIdAuthorizationFailed, "rights")]
    public void A_setting_or_a_right_is_told_as_such_and_can_be_mended(ErrorCode code, string named)
    {
        var script = new TransactionScript();
        var call = script.Init();
        script.Answer<InitProducerRequest>(code);
        Assert.Equal(ErrorClass.Config, script.Failure(call).Class);
        Assert.Contains(named, script.Failure(call).Error.Reason);
        Assert.Equal(TransactionState.Uninitialized, script.State);
        script.Init();
        script.Grant(7, 0);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Fact]
    public void An_answer_that_explains_nothing_is_met_with_three_more_attempts()
    {
        var script = new TransactionScript();
        var call = script.Init();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            script.WaitFor<InitProducerRequest>();
            script.Answer<InitProducerRequest>(ErrorCode.UnknownServerError);
        }
        Assert.Equal((TransactionState.Fatal, ErrorClass.Fatal), (script.State, script.Failure(call).Class));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_transaction_latches_the_protocol_in_force(short version)
    {
        var script = new TransactionScript(version).Open();
        script.See((short)(version == 2 ? 1 : 2), epoch: 9);
        script.Deliver();
        script.Commit();
        Assert.Equal(version, script.Request<EndTransactionRequest>().TransactionVersion);
        Assert.Equal(VersionLimits.OfProduce(version), script.Sent[0].Versions);
    }

    [Fact]
    public void Features_of_an_older_epoch_change_nothing()
    {
        var script = new TransactionScript(version: 2).Ready();
        script.See(version: 1, epoch: 0);
        script.Begin();
        Assert.True(script.Machine.Transaction!.Open!.IsRaising);
    }

    /// <summary>Going up needs a raised epoch before the first transaction of the second protocol, going down needs nothing.</summary>
    [Fact]
    public void An_upgrade_between_two_transactions_raises_the_epoch_and_a_downgrade_does_not()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Commit();
        script.EndDone();
        script.See(version: 2, epoch: 2);
        var begin = script.Begin();
        Assert.False(script.Ends.ContainsKey(begin));
        Assert.Equal(TransactionState.Rebumping, script.State);
        script.Grant(7, 1);
        Assert.IsType<CallDone>(script.Ends[begin]);
        script.Deliver();
        script.Commit();
        Assert.Equal(2, script.Request<EndTransactionRequest>().TransactionVersion);
        script.EndDone(nextEpoch: 2);
        script.See(version: 1, epoch: 3);
        Assert.IsType<CallDone>(script.Ends[script.Begin()]);
        Assert.False(script.Machine.Transaction!.Open!.IsRaising);
        script.Deliver();
        script.Commit();
        script.EndDone();
        Assert.Equal(TransactionState.Ready, script.State);
        // Up again: the identity came from the second protocol, and the first has used it since.
        script.See(version: 2, epoch: 4);
        var again = script.Begin();
        Assert.False(script.Ends.ContainsKey(again));
        Assert.Equal(TransactionScript.Identity(7, 2), script.Request<InitProducerRequest>().Identity);
        script.Grant(7, 3);
        Assert.IsType<CallDone>(script.Ends[again]);
    }

    [Fact]
    public void Of_two_begins_that_wait_one_begins()
    {
        var script = new TransactionScript(version: 1).Ready();
        script.See(version: 2, epoch: 2);
        var (first, second) = (script.Begin(), script.Begin());
        script.Grant(7, 1);
        Assert.IsType<CallDone>(script.Ends[first]);
        script.AssertIllegal(second, TransactionState.InTransaction);
    }

    [Fact]
    public void A_begin_whose_time_is_over_while_the_epoch_is_raised_can_be_repeated()
    {
        var script = new TransactionScript(version: 1).Ready();
        script.See(version: 2, epoch: 2);
        var late = script.Begin(within: 1000);
        script.WaitThrough(2000);
        Assert.Equal((ErrorClass.Retriable, TransactionState.Rebumping), (script.Failure(late).Class, script.State));
        script.Grant(7, 1);
        Assert.IsType<CallDone>(script.Ends[script.Begin()]);
    }
}
