using System.Reflection;
using Semel.Faults;

namespace CompatTests;

/// <summary>
/// Programs that meet faults of librdkafka 2.16 (docs/confluent-faults.md): the same source with both clients. That the fault is still there is held as well,
/// so that
/// the page is mended when it is gone.
/// </summary>
public sealed class OldFaultsTests(BrokerForBoth both) : IClassFixture<BrokerForBoth>
{
    async Task<List<string>> RunAsync(string client, string program)
    {
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = both.Broker.Broker.EndPoint });
        var run = Assembly.Load($"ConfluentPrograms.{client}").GetType($"ConfluentPrograms.Faults.{program}")!.GetMethod("Run")!;
        var (servers, name) = ($"127.0.0.1:{proxy.EndPoint.Port}", $"{program}-{client}".ToLowerInvariant());
        Action<string> network = rule => proxy.Rules = rule.Length == 0 ? [] : [FaultRule.Parse(rule)];
        // A program blocks its thread, and would block the test's for as long as it likes.
        return await Task.Run(() => ((IEnumerable<string>)run.Invoke(null, [servers, name, network])!).ToList()).WaitAsync(TimeSpan.FromSeconds(90));
    }

    async Task DiffersAsync(string program, string[] theirs, string[] ours)
    {
        Assert.Equal(theirs, await RunAsync("WithConfluent", program));
        Assert.Equal(ours, await RunAsync("WithSemel", program));
    }

    [Fact]
    public Task Closing_with_automatic_commits_never_commits_past_what_was_handed_out() => DiffersAsync("CloseWithAutomaticCommits", ["lost: True"],
        ["lost: False"]);

    [Fact]
    public Task A_record_that_timed_out_is_called_not_persisted_only_when_it_is_not() => DiffersAsync("TimedOutAndSentAgain",
        ["Local_MsgTimedOut: NotPersisted", "payments in the log: 2"],
        ["Local_MsgTimedOut: PossiblyPersisted", "payments in the log: 1"]);

    [Fact]
    public Task A_commit_that_timed_out_is_found_out_and_the_producer_goes_on() => DiffersAsync("CommitThatTimedOut",
        ["commit: try again, Local_TimedOut", "abort: try again, Local_Conflict", "the next begins: Local_Conflict", "a record of it: Local_State",
            "and commits: done", "in the log: first"],
        ["commit: try again, Local_TimedOut", "abort: Local_State", "the next begins: done", "a record of it: done", "and commits: done",
            "in the log: first, second"]);

    [Fact]
    public Task A_group_that_has_read_everything_shows_no_lag() => DiffersAsync("LagForEver", ["lag: 1"], ["lag: 0"]);

    [Fact]
    public Task Disposing_of_a_producer_drops_nothing() => DiffersAsync("DisposedWithRecords", ["in the log: 0, reported: 0"],
        ["in the log: 10, reported: 10"]);
}
