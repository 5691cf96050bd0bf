using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>A partition that is restarted at any point of its transactions goes on as if it had not been: after each step, from its snapshot, from the log alone, or from a snapshot of the start.</summary>
public class TransactionRecoveryTests
{
    /// <summary>What happens, in this order, and what is answered.</summary>
    static readonly (string Name, Func<TestPartition, PartitionReply> Do)[] Steps =
    [
        ("plain", static partition => partition.Append(TestBatch.Plain(2))),
        ("first of a", static partition => partition.Write(1, 0, 0, records: 2)),
        ("first of b", static partition => partition.Write(2, 5, 0, second: true)),
        ("more of a", static partition => partition.Write(1, 0, 2)),
        ("a aborted", static partition => partition.End(1, 0, commit: false)),
        ("a again", static partition => partition.Write(1, 0, 3)),
        ("retry of a", static partition => partition.Write(1, 0, 2)),
        ("b committed", static partition => partition.End(2, 6, version: 2)),
        ("b committed once more", static partition => partition.End(2, 6, version: 2)),
        ("zombie of b", static partition => partition.Write(2, 5, 1, second: true)),
        ("next of b", static partition => partition.Write(2, 6, 0, second: true)),
        ("late marker of b", static partition => partition.End(2, 6, version: 2)),
        ("half deleted", static partition => partition.Delete(8)),
        ("b timed out", static partition => partition.End(2, 7, commit: false, version: 2)),
        ("marker of a replaced coordinator", static partition => partition.End(1, 0, coordinatorEpoch: 3)),
        ("a committed", static partition => partition.End(1, 0)),
        ("plain again", static partition => partition.Append(TestBatch.Plain())),
    ];

    static List<object> Run(int restartBefore, Action<TestPartition> restart)
    {
        var partition = new TestPartition();
        var seen = new List<object>();
        for (var step = 0; step < Steps.Length; step++)
        {
            if (step == restartBefore) restart(partition);
            var reply = Steps[step].Do(partition);
            // Guards are no part of what is recorded.
            seen.Add((Steps[step].Name, reply with { Guard = 0 }, partition.Machine.View));
        }
        return seen;
    }

    static readonly List<object> Uninterrupted = Run(-1, static _ => { });

    public static TheoryData<int> EachStep() => [.. Enumerable.Range(0, Steps.Length)];

    [Theory, MemberData(nameof(EachStep))]
    public void From_its_snapshot(int before) => Assert.Equal(Uninterrupted, Run(before, static partition => partition.RestartCleanly()));

    [Theory, MemberData(nameof(EachStep))]
    public void From_a_snapshot_of_some_steps_before(int before)
    {
        for (var taken = 0; taken < before; taken++)
        {
            var partition = new TestPartition();
            byte[]? snapshot = null;
            for (var step = 0; step < before; step++)
            {
                Steps[step].Do(partition);
                if (step == taken || Steps[step].Name == "half deleted") snapshot = partition.Save();
            }
            partition.GoOnWith(partition.Rebuilt(snapshot));
            for (var step = before; step < Steps.Length; step++)
            {
                var reply = Steps[step].Do(partition);
                Assert.Equal(Uninterrupted[step], (Steps[step].Name, reply with { Guard = 0 }, partition.Machine.View));
            }
        }
    }

    public static TheoryData<int> EachStepBeforeTheDeletion() => [.. Enumerable.Range(0, Array.FindIndex(Steps, static step => step.Name == "half deleted") + 1)];

    [Theory, MemberData(nameof(EachStepBeforeTheDeletion))]
    public void From_the_log_alone_as_long_as_nothing_of_it_is_gone(int before) =>
        Assert.Equal(Uninterrupted, Run(before, static partition => partition.RestartWithoutSnapshot()));

    [Fact]
    public void The_steps_are_answered_as_they_should()
    {
        var errors = new[]
        {
            ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.None,
            ErrorCode.InvalidProducerEpoch, ErrorCode.None, ErrorCode.InvalidProducerEpoch, ErrorCode.None, ErrorCode.None, ErrorCode.TransactionCoordinatorFenced, ErrorCode.None, ErrorCode.None,
        };
        Assert.Equal(errors, Uninterrupted.Select(static seen => (((string, PartitionReply Reply, PartitionView))seen).Reply.Error));
        var last = (((string, PartitionReply, PartitionView View))Uninterrupted[^1]).View;
        Assert.Equal((last.HighWatermark, 0), (last.LastStableOffset, last.OpenTransactions.Count));
    }
}
