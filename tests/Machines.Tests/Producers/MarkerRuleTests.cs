using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Producers;

/// <summary>Every kind of state with every kind of marker.</summary>
public class MarkerRuleTests
{
    const long Producer = 50;

    /// <summary>State epoch 3, or 32767 for "last"; coordinator epoch 7 where there was a marker.</summary>
    static LogProducers StateOf(string name)
    {
        var producers = new LogProducers();
        var epoch = (short)(name.StartsWith("last") ? short.MaxValue : 3);
        void Apply(byte[] batch)
        {
            Assert.True(RecordBatchHeader.TryRead(batch, out var header));
            producers.Apply(header, batch, default);
        }
        if (name.Contains("marked")) Apply(ControlRecord.EndTransactionMarker(true, new(Producer), new(epoch), coordinatorEpoch: 7, timestamp: 0));
        if (name.Contains("open")) Apply(Partition.TestBatch.Of(Producer, epoch, 0, transactional: true));
        if (name.Contains("plain")) Apply(Partition.TestBatch.Of(Producer, epoch, 0));
        return producers;
    }

    // Marker: epoch, coordinator epoch. Ok appended, 47 stale epoch, Lt late, 52 stale coordinator, Re repeated.
    [Theory]
    //                                        TV1                         TV2
    //                            2:9  3:9  3:7  3:6  4:9  4:6   2:9  3:9  3:7  3:6  4:9  4:6
    [InlineData("unknown       ", "Ok   Ok   Ok   Ok   Ok   Ok    Ok   Ok   Ok   Ok   Ok   Ok")]
    [InlineData("plain         ", "47   Ok   Ok   Ok   Ok   Ok    47   Re   Re   Re   Ok   Ok")]
    [InlineData("open          ", "47   Ok   Ok   Ok   Ok   Ok    47   Lt   Lt   Lt   Ok   Ok")]
    [InlineData("marked        ", "47   Ok   Ok   52   Ok   52    47   Re   Re   52   Ok   52")]
    [InlineData("marked-open   ", "47   Ok   Ok   52   Ok   52    47   Lt   Lt   Lt   Ok   52")]
    [InlineData("marked-plain  ", "47   Ok   Ok   52   Ok   52    47   Re   Re   52   Ok   52")]
    public void A_marker_meets_a_state(string state, string expected)
    {
        (short Epoch, int Coordinator)[] markers = [(2, 9), (3, 9), (3, 7), (3, 6), (4, 9), (4, 6)];
        var found = new List<string>();
        foreach (short version in (short[])[1, 2])
            foreach (var (epoch, coordinator) in markers) found.Add(Cell(StateOf(state.Trim()), new(new(Producer), new(epoch), Commit: true, coordinator, version)));
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), found);
    }

    static string Cell(LogProducers producers, EndMarker marker) => MarkerRule.Judge(producers, marker) switch
    {
        MarkerDecision.Appended => "Ok",
        MarkerDecision.StaleEpoch => "47",
        MarkerDecision.Late => "Lt",
        MarkerDecision.StaleCoordinator => "52",
        MarkerDecision.AlreadyThere => "Re",
        var other => other.ToString(),
    };

    [Theory]
    [InlineData("last-open", "Ok")]
    [InlineData("last-marked", "Re")]
    public void In_the_last_epoch_a_marker_ends_what_is_open(string state, string expected) =>
        Assert.Equal(expected, Cell(StateOf(state), new(new(Producer), new(short.MaxValue), true, 9, 2)));

    [Theory]
    [InlineData(-1, 3)]
    [InlineData(Producer, -1)]
    public void A_marker_without_producer_or_epoch_is_malformed(long producer, short epoch)
    {
        var decision = MarkerRule.Judge(StateOf("open"), new(new(producer), new(epoch), true, 9, 1));
        Assert.Equal((MarkerDecision.Malformed, ErrorCode.UnknownServerError), (decision, MarkerRule.ErrorOf(decision)));
    }

    [Fact]
    public void Versions_of_the_transaction_protocol_above_two_are_taken_as_two_and_below_one_as_one()
    {
        Assert.Equal("Lt", Cell(StateOf("open"), new(new(Producer), new(3), true, 9, 3)));
        Assert.Equal("Ok", Cell(StateOf("open"), new(new(Producer), new(3), true, 9, 0)));
    }

    [Fact]
    public void Each_decision_has_its_code()
    {
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownServerError, ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidProducerEpoch, ErrorCode.TransactionCoordinatorFenced, ErrorCode.None],
            Enum.GetValues<MarkerDecision>().Select(MarkerRule.ErrorOf));
    }
}
