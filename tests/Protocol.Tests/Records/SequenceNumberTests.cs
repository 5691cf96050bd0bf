using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class SequenceNumberTests
{
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 2, 4, 1)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue - 1)]
    [InlineData(5, 0, 5)]
    public void Adding_goes_from_the_last_number_to_zero_and_subtracting_back(int sequence, int count, int expected)
    {
        Assert.Equal(expected, SequenceNumber.Add(sequence, count));
        Assert.Equal(sequence, SequenceNumber.Subtract(expected, count));
    }

    [Theory]
    [InlineData(4, 5, true)]
    [InlineData(int.MaxValue, 0, true)]
    [InlineData(4, 4, false)]
    [InlineData(4, 6, false)]
    [InlineData(int.MaxValue, 1, false)]
    [InlineData(7, 0, false)]
    public void Only_the_next_number_is_next(int last, int first, bool expected) => Assert.Equal(expected, SequenceNumber.IsNext(last, first));

    [Fact]
    public void The_last_sequence_of_a_batch_that_straddles_the_wrap_is_past_it()
    {
        var header = new RecordBatchHeader { BaseSequence = int.MaxValue - 2, LastOffsetDelta = 4 };
        Assert.Equal(1, header.LastSequence);
        Assert.True(RecordBatchHeader.TryRead(Batches.Bytes(Batches.AtTheWrap), out var golden));
        Assert.Equal((int.MaxValue, 0), (golden.BaseSequence, golden.LastSequence));
    }

    [Fact]
    public void A_batch_without_a_sequence_has_no_last_one() =>
        Assert.Equal(SequenceNumber.None, new RecordBatchHeader { BaseSequence = SequenceNumber.None, LastOffsetDelta = 9 }.LastSequence);
}
