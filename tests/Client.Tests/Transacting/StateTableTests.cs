using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>Each state with every call: allowed ones do what they are for, others are refused by the state's name or by what failed, and change nothing.</summary>
public class StateTableTests
{
    static TransactionScript At(TransactionState state)
    {
        var script = new TransactionScript(version: 1);
        switch (state)
        {
            case TransactionState.Initializing: script.Init(); break;
            case TransactionState.Ready: script.Ready(); break;
            case TransactionState.InTransaction: script.Written(); break;
            case TransactionState.Abortable:
                script.Written();
                script.Add();
                script.Produced(ErrorCode.InvalidTopicException);
                break;
            case TransactionState.Committing:
                script.Written();
                script.Commit();
                break;
            case TransactionState.Aborting:
                script.Written();
                script.Abort();
                break;
            case TransactionState.Unresolved:
                script.Written();
                script.Commit(within: 1000);
                script.WaitThrough(2000);
                break;
            case TransactionState.Rebumping:
                script.Written();
                script.Commit();
                script.Lose<EndTransactionRequest>();
                script.WaitFor<EndTransactionRequest>();
                script.EndDone();
                break;
            case TransactionState.Fenced:
                script.Written();
                script.Commit();
                script.Answer<EndTransactionRequest>(ErrorCode.ProducerFenced);
                break;
            case TransactionState.Fatal:
                script.Written();
                script.Commit();
                script.Answer<EndTransactionRequest>(ErrorCode.ClusterAuthorizationFailed);
                break;
        }
        Assert.Equal(state, script.State);
        return script;
    }

    static long Call(TransactionScript script, string call) => call switch
    {
        "init" => script.Init(),
        "begin" => script.Begin(),
        "offsets" => script.SendOffsets(("in", 0, 5)),
        "commit" => script.Commit(),
        "abort" => script.Abort(),
        _ => script.Resolve(),
    };

    public static TheoryData<TransactionState, string, string> Rows()
    {
        var rows = new TheoryData<TransactionState, string, string>();
        Row(TransactionState.Uninitialized, ("init", "waits"), ("begin", "illegal"), ("offsets", "illegal"), ("commit", "illegal"), ("abort", "illegal"), ("resolve", "illegal"));
        Row(TransactionState.Initializing, ("init", "waits"), ("begin", "illegal"), ("offsets", "illegal"), ("commit", "illegal"), ("abort", "illegal"), ("resolve", "illegal"));
        Row(TransactionState.Ready, ("init", "illegal"), ("begin", "done"), ("offsets", "illegal"), ("commit", "illegal"), ("abort", "illegal"), ("resolve", "illegal"));
        Row(TransactionState.InTransaction, ("init", "illegal"), ("begin", "illegal"), ("offsets", "waits"), ("commit", "waits"), ("abort", "waits"), ("resolve", "illegal"));
        Row(TransactionState.Abortable, ("init", "cause"), ("begin", "cause"), ("offsets", "cause"), ("commit", "cause"), ("abort", "waits"), ("resolve", "cause"));
        Row(TransactionState.Committing, ("init", "illegal"), ("begin", "illegal"), ("offsets", "illegal"), ("commit", "waits"), ("abort", "illegal"), ("resolve", "waits"));
        Row(TransactionState.Aborting, ("init", "illegal"), ("begin", "illegal"), ("offsets", "illegal"), ("commit", "illegal"), ("abort", "waits"), ("resolve", "waits"));
        Row(TransactionState.Unresolved, ("init", "illegal"), ("begin", "illegal"), ("offsets", "illegal"), ("commit", "waits"), ("abort", "illegal"), ("resolve", "waits"));
        // The transaction has been committed: that is told again to whoever asks for the same.
        Row(TransactionState.Rebumping, ("init", "illegal"), ("begin", "waits"), ("offsets", "illegal"), ("commit", "done"), ("abort", "illegal"), ("resolve", "resolved"));
        Row(TransactionState.Fenced, ("init", "cause"), ("begin", "cause"), ("offsets", "cause"), ("commit", "cause"), ("abort", "cause"), ("resolve", "resolved"));
        Row(TransactionState.Fatal, ("init", "cause"), ("begin", "cause"), ("offsets", "cause"), ("commit", "cause"), ("abort", "cause"), ("resolve", "resolved"));
        return rows;

        void Row(TransactionState state, params (string Call, string Expected)[] cells)
        {
            foreach (var (call, expected) in cells) rows.Add(state, call, expected);
        }
    }

    [Theory, MemberData(nameof(Rows))]
    public void A_state_allows_its_calls_and_refuses_the_others(TransactionState state, string call, string expected)
    {
        var script = At(state);
        var (asked, number) = (script.AllAsked.Count, script.Number);
        var made = Call(script, call);
        switch (expected)
        {
            case "waits": Assert.False(script.Ends.ContainsKey(made)); break;
            case "done": Assert.IsType<CallDone>(script.Ends[made]); break;
            case "resolved": Assert.IsType<CallResolved>(script.Ends[made]); break;
            case "illegal":
                script.AssertIllegal(made, state);
                Assert.Equal((state, asked, number), (script.State, script.AllAsked.Count, script.Number));
                break;
            default:
                Assert.Equal(script.Machine.Transaction!.Cause, script.Failure(made));
                Assert.Equal((state, asked, number), (script.State, script.AllAsked.Count, script.Number));
                break;
        }
    }

    [Fact]
    public void Records_are_taken_in_an_open_transaction_and_in_no_other_state()
    {
        foreach (var state in Enum.GetValues<TransactionState>())
            Assert.Equal(state == TransactionState.InTransaction, StateTable.Allows(state, TransactionCallKind.Produce));
    }

    [Fact]
    public void A_call_about_a_transaction_that_has_ended_is_refused()
    {
        var script = new TransactionScript().Written();
        script.Commit();
        script.EndDone(nextEpoch: 1);
        script.Begin();
        script.AssertIllegal(script.Commit(transaction: 1), TransactionState.InTransaction);
        script.AssertIllegal(script.Abort(transaction: 1), TransactionState.InTransaction);
        Assert.Equal(TransactionState.InTransaction, script.State);
    }

    /// <summary>Every caller who waits for the same is told the same.</summary>
    [Fact]
    public void Calls_that_join_end_together()
    {
        var script = new TransactionScript();
        long[] inits = [script.Init(), script.Init()];
        script.Grant(7, 0);
        script.Begin();
        script.Deliver();
        long[] commits = [script.Commit(), script.Commit()];
        script.EndDone(nextEpoch: 1);
        Assert.All(inits.Concat(commits), call => Assert.IsType<CallDone>(script.Ends[call]));
        Assert.Single(script.AllAsked, static ask => ask.Request is EndTransactionRequest);
    }

    /// <summary>A fenced or failed producer keeps the first cause; what comes later stands beside it.</summary>
    [Fact]
    public void The_first_cause_stays()
    {
        var script = At(TransactionState.Fenced);
        var cause = script.Machine.Transaction!.Cause!;
        script.Take(new ClusterSeen("a"));
        script.Take(new ClusterSeen("b"));
        Assert.Equal((TransactionState.Fenced, cause.Error), (script.State, script.Machine.Transaction!.Cause!.Error));
        Assert.Single(script.Machine.Transaction.Cause.Later);
    }

    /// <summary>What cannot be: the gate let a record in that belongs to no transaction. It is never sent.</summary>
    [Fact]
    public void A_record_outside_of_a_transaction_ends_the_producer()
    {
        var script = new TransactionScript().Ready();
        var batch = script.Add();
        Assert.Equal(TransactionState.Fatal, script.State);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status);
        Assert.Empty(script.Sent);
    }
}
