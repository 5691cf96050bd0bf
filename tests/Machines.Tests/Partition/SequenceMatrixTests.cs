using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>Every kind of state a producer can have in a partition, with every kind of batch it can send: accepted and refused side by side.</summary>
public class SequenceMatrixTests
{
    const long Producer = 50;

    /// <summary>How a batch comes.</summary>
    enum Way
    {
        Plain,
        /// <summary>Transactional, and nobody asked its coordinator.</summary>
        Unverified,
        /// <summary>Transactional, by the first protocol or the second, and its coordinator said yes.</summary>
        Verified, VerifiedBySecond,
    }

    /// <summary>The batches sent: two records each, where the state's batches, if it has any, are [0,1] to [10,11] in epoch 3.</summary>
    static readonly (string Name, short Epoch, int Sequence, Way Way)[] Sent =
    [
        ("2:10", 2, 10, Way.Plain),
        ("3:0", 3, 0, Way.Plain),
        ("3:2", 3, 2, Way.Plain),
        ("3:10", 3, 10, Way.Plain),
        ("3:11", 3, 11, Way.Plain),
        ("3:12", 3, 12, Way.Plain),
        ("3:14", 3, 14, Way.Plain),
        ("4:0", 4, 0, Way.Plain),
        ("4:12", 4, 12, Way.Plain),
        ("t3:10", 3, 10, Way.Unverified),
        ("t3:12", 3, 12, Way.Unverified),
        ("t4:0", 4, 0, Way.Unverified),
        ("v3:10", 3, 10, Way.Verified),
        ("v3:12", 3, 12, Way.Verified),
        ("v3:14", 3, 14, Way.Verified),
        ("v4:0", 4, 0, Way.Verified),
        ("v4:12", 4, 12, Way.Verified),
        ("w3:12", 3, 12, Way.VerifiedBySecond),
        ("w4:0", 4, 0, Way.VerifiedBySecond),
        ("w4:12", 4, 12, Way.VerifiedBySecond),
    ];

    // D0 Duplicate, D1 stale epoch, D2 transaction refused, D3 and D4 an earlier one is awaited, D5 first of an unknown producer, R4 unknown producer refused, Fu table is full,
    // D6 and D7 higher epoch, D8 and D9 after markers only, Ok in order, D11 out of order, D12 plain batch in a transaction, D13 transaction of a lower epoch.
    const string Matrix = """
        state               2:10 3:0  3:2  3:10 3:11 3:12 3:14 4:0  4:12 t3:10 t3:12 t4:0 v3:10 v3:12 v3:14 v4:0 v4:12 w3:12 w4:0 w4:12
        unknown             R4   D5   R4   R4   R4   R4   R4   D5   R4   D2    D2    D2   R4    R4    R4    D5   R4    D3    D5   D3
        older               D5   D5   D5   D5   D5   D5   D5   D5   D5   D2    D2    D2   D5    D5    D5    D5   D5    D3    D5   D3
        foreign             D5   D5   D5   D5   D5   D5   D5   D5   D5   D2    D2    D2   D5    D5    D5    D5   D5    D3    D5   D3
        records-deleted     D5   D5   D5   D5   D5   D5   D5   D5   D5   D2    D2    D2   D5    D5    D5    D5   D5    D3    D5   D3
        awaited             R4   D5   R4   R4   R4   R4   R4   D5   R4   D2    D2    D2   R4    R4    R4    D5   R4    D3    D5   D3
        older-awaited       D5   D5   D5   D5   D4   D4   D4   D5   D4   D2    D2    D2   D5    D4    D4    D5   D4    D3    D5   D3
        older-full-awaited  Fu   Fu   Fu   Fu   D4   D4   D4   Fu   D4   D2    D2    D2   Fu    D4    D4    Fu   D4    D3    Fu   D3
        older-verifying     D5   D5   D5   D5   D4   D4   D4   D5   D5   D2    D2    D2   D5    D4    D4    D5   D5    D4    D5   D3
        forgotten           D5   D5   D5   D5   D5   D5   D5   D5   D5   D2    D2    D2   D5    D5    D5    D5   D5    D3    D5   D3
        table-full          R4   Fu   R4   R4   R4   R4   R4   Fu   R4   D2    D2    D2   R4    R4    R4    Fu   R4    D3    Fu   D3
        forgotten-and-full  Fu   Fu   Fu   Fu   Fu   Fu   Fu   Fu   Fu   D2    D2    D2   Fu    Fu    Fu    Fu   Fu    D3    Fu   D3
        marker-only         D1   D8   D9   D9   D9   D9   D9   D6   D7   D2    D2    D2   D9    D9    D9    D6   D7    D9    D6   D7
        one-batch           D1   D11  D11  D0   D11  Ok   D11  D6   D7   D0    D2    D2   D0    Ok    D11   D6   D7    Ok    D6   D7
        one-batch-verifying D1   D11  D11  D0   D4   D4   D4   D6   D7   D0    D2    D2   D0    D4    D4    D6   D7    D4    D6   D7
        six-batches         D1   D11  D0   D0   D11  Ok   D11  D6   D7   D0    D2    D2   D0    Ok    D11   D6   D7    Ok    D6   D7
        open-transaction    D1   D11  D0   D0   D11  D12  D11  D12  D7   D0    Ok    D2   D0    Ok    D11   D13  D7    Ok    D13w D7
        committed           D1   D11  D0   D0   D11  Ok   D11  D6   D7   D0    D2    D2   D0    Ok    D11   D6   D7    Ok    D6   D7
        committed-to-4      D1   D1   D1   D1   D1   D1   D1   D8   D9   D1    D1    D2   D1    D1    D1    D8   D9    D1    D8   D9
        """;

    static TestPartition StateOf(string name)
    {
        var isFull = name.Contains("full");
        var since = new ProducerId(name.StartsWith("older") ? Producer + 1 : 0);
        var partition = new TestPartition(new PartitionOptions { MaxProducers = isFull ? 1 : 10, ProducersSince = since });
        if (name == "foreign") partition.GivenOut = new(new(0), new(Producer));
        if (name.EndsWith("awaited")) partition.RefuseUndecided(TestBatch.Of(Producer, 3, 10, records: 2));
        if (name == "records-deleted")
        {
            partition.Append(1, 0, 0);
            partition.Delete(1);
        }
        if (name.StartsWith("forgotten"))
        {
            partition.Append(Producer, 3, 0);
            partition.Now += TimeSpan.FromDays(2);
            partition.Expire();
            Assert.Empty(partition.Producers());
        }
        if (isFull) partition.Append(1, 0, 0);
        if (name == "marker-only") partition.ReplayMarker(Producer, 3);
        if (name.StartsWith("one-batch")) partition.Replay(TestBatch.Of(Producer, 3, 10, records: 2));
        // Asked for, and refused: it has to come first.
        if (name.EndsWith("verifying")) Assert.True(partition.Begin(TestBatch.Of(Producer, 3, name.StartsWith("older") ? 10 : 9, records: 2, transactional: true)).Guard > 0);
        var transactional = name is "open-transaction" or "committed" or "committed-to-4";
        if (name == "six-batches" || transactional)
            for (var sequence = 0; sequence <= 10; sequence += 2) partition.Replay(TestBatch.Of(Producer, 3, sequence, records: 2, transactional));
        if (name == "committed") partition.ReplayMarker(Producer, 3);
        if (name == "committed-to-4") partition.ReplayMarker(Producer, 4);
        return partition;
    }

    static (SequenceDecision Decision, ErrorCode Error) Meaning(string cell) => cell switch
    {
        "D0" => (SequenceDecision.Duplicate, ErrorCode.None),
        "D1" => (SequenceDecision.StaleEpoch, ErrorCode.InvalidProducerEpoch),
        "D2" => (SequenceDecision.TransactionRefused, ErrorCode.InvalidTxnState),
        "D3" => (SequenceDecision.UnknownProducerInTransaction, ErrorCode.OutOfOrderSequenceNumber),
        "D4" => (SequenceDecision.LowerSequenceAwaited, ErrorCode.OutOfOrderSequenceNumber),
        "D5" => (SequenceDecision.FirstOfProducer, ErrorCode.None),
        "R4" => (SequenceDecision.UnknownProducer, ErrorCode.OutOfOrderSequenceNumber),
        "Fu" => (SequenceDecision.TooManyProducers, ErrorCode.NotEnoughReplicas),
        "D6" => (SequenceDecision.FirstOfEpoch, ErrorCode.None),
        "D7" => (SequenceDecision.NewEpochNotFromZero, ErrorCode.OutOfOrderSequenceNumber),
        "D8" => (SequenceDecision.FirstAfterMarker, ErrorCode.None),
        "D9" => (SequenceDecision.AfterMarkerNotFromZero, ErrorCode.OutOfOrderSequenceNumber),
        "Ok" => (SequenceDecision.InOrder, ErrorCode.None),
        "D11" => (SequenceDecision.OutOfOrder, ErrorCode.OutOfOrderSequenceNumber),
        "D12" => (SequenceDecision.PlainBatchInTransaction, ErrorCode.InvalidTxnState),
        "D13" => (SequenceDecision.TransactionOfLowerEpoch, ErrorCode.NotEnoughReplicas),
        "D13w" => (SequenceDecision.TransactionOfLowerEpoch, ErrorCode.ConcurrentTransactions),
        _ => throw new ArgumentException(cell),
    };

    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        var lines = Matrix.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.Equal(Sent.Select(batch => batch.Name), lines[0][1..]);
        foreach (var line in lines[1..])
            for (var column = 1; column < line.Length; column++) cells.Add(line[0], lines[0][column], line[column]);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_batch_meets_a_state(string state, string sent, string expected)
    {
        var partition = StateOf(state);
        var before = partition.Save();
        var (_, epoch, sequence, way) = Sent.Single(batch => batch.Name == sent);
        var end = partition.EndOffset;

        var reply = way is Way.Plain or Way.Unverified ? partition.Append(Producer, epoch, sequence, records: 2, transactional: way == Way.Unverified)
            : WriteVerified(partition, TestBatch.Of(Producer, epoch, sequence, records: 2, transactional: true), second: way == Way.VerifiedBySecond);

        var (decision, error) = Meaning(expected);
        Assert.Equal((decision, error), (reply.Decision, reply.Error));
        var appended = error == ErrorCode.None && decision != SequenceDecision.Duplicate;
        Assert.Equal(appended ? end + 2 : end, partition.EndOffset);
        if (!appended) Assert.Equal(before, partition.Save());
        if (error != ErrorCode.None) Assert.Equal(-1, reply.BaseOffset);
        if (appended) Assert.Equal(end, reply.BaseOffset);
    }

    static PartitionReply WriteVerified(TestPartition partition, byte[] batch, bool second)
    {
        var begun = partition.Begin(batch, second);
        return begun.Error != ErrorCode.None || begun.Decision == SequenceDecision.Duplicate ? begun : partition.Append(batch, begun.Guard, second);
    }

    [Fact]
    public void The_error_that_old_clients_take_for_success_is_never_given() =>
        Assert.DoesNotContain(ErrorCode.DuplicateSequenceNumber, Enum.GetValues<SequenceDecision>().Select(SequenceRule.ErrorOf));

    [Fact]
    public void Every_refusal_has_an_error_and_every_acceptance_has_none()
    {
        SequenceDecision[] accepted = [SequenceDecision.None, SequenceDecision.Duplicate, SequenceDecision.FirstOfProducer, SequenceDecision.FirstOfEpoch, SequenceDecision.FirstAfterMarker, SequenceDecision.InOrder];
        foreach (var decision in Enum.GetValues<SequenceDecision>())
            Assert.Equal(accepted.Contains(decision), SequenceRule.ErrorOf(decision) == ErrorCode.None);
    }
}
