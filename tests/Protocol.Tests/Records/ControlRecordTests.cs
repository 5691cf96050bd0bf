using System.Text;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class ControlRecordTests
{
    [Theory]
    [InlineData(true, Batches.CommitMarker)]
    [InlineData(false, Batches.AbortMarker)]
    public void A_marker_has_the_bytes_that_another_implementation_makes(bool commit, string hex)
    {
        var marker = ControlRecord.EndTransactionMarker(commit, new ProducerId(900), new ProducerEpoch(5), coordinatorEpoch: 3, Batches.Time);
        Assert.Equal(hex, Convert.ToHexStringLower(marker));
        Assert.Equal(ControlRecord.MarkerBatchSize, marker.Length);
        Assert.Equal(new ControlRecord(commit ? ControlRecordType.Commit : ControlRecordType.Abort, 3), ControlRecord.Read(marker));
        Assert.True(ControlRecord.Read(marker).IsEndTransactionMarker);
    }

    [Fact]
    public void A_coordinator_epoch_of_any_size_comes_back()
    {
        foreach (var epoch in (int[])[0, 1, -1, int.MaxValue, 0x01020304])
            Assert.Equal(epoch, ControlRecord.Read(ControlRecord.EndTransactionMarker(true, new ProducerId(1), new ProducerEpoch(0), epoch, 0)).CoordinatorEpoch);
    }

    static byte[] Control(byte[] key, byte[] value)
    {
        string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);
        return Batches.Of(Batches.Record(0, 0, key.Length, Text(key), value.Length, Text(value), 0), 1, attributes: 0x30);
    }

    [Fact]
    public void More_bytes_and_higher_versions_are_passed_over() =>
        Assert.Equal(new ControlRecord(ControlRecordType.Commit, 7), ControlRecord.Read(Control([0, 9, 0, 1, 55, 66], [0, 3, 0, 0, 0, 7, 1, 2, 3])));

    [Fact]
    public void Other_types_are_told_by_their_number()
    {
        Assert.Equal(new ControlRecord(ControlRecordType.LeaderChange, -1), ControlRecord.Read(Control([0, 0, 0, 2], [])));
        var unknown = ControlRecord.Read(Control([0, 0, 0, 99], []));
        Assert.Equal(((ControlRecordType)99, false), (unknown.Type, unknown.IsEndTransactionMarker));
    }

    [Fact]
    public void A_key_or_a_value_that_is_too_short_is_refused()
    {
        Assert.Throws<RecordFormatException>(() => ControlRecord.Read(Control([0, 0, 0], [0, 0, 0, 0, 0, 0])));
        Assert.Throws<RecordFormatException>(() => ControlRecord.Read(Control([0, 0, 0, 1], [0, 0, 0, 0, 0])));
        Assert.Throws<RecordFormatException>(() => ControlRecord.Read(Batches.Of([], 0)));
    }
}
