using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class LogRecordValueTests
{
    [Fact]
    public void A_log_record_has_its_version_in_front()
    {
        var record = new TopicRecord { Name = "ab", TopicId = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")), PartitionCount = 3, NextProducerId = new(5), IsInternal = true };
        var bytes = LogRecordValue.ToBytes(record);
        Assert.Equal("0002" + "036162" + "00112233445566778899aabbccddeeff" + "00000003" + "0000000000000005" + "01" + "00", MessageBytes.ToHex(bytes));
        var read = LogRecordValue.Read<TopicRecord>(bytes);
        Assert.Equal((record.Name, record.TopicId, record.PartitionCount, record.NextProducerId, true), (read.Name, read.TopicId, read.PartitionCount, read.NextProducerId, read.IsInternal));
    }

    [Fact]
    public void Facts_of_the_first_version_are_read_and_say_that_they_are()
    {
        var topic = LogRecordValue.Read<TopicRecord>(MessageBytes.FromHex("0000" + "036162" + "00112233445566778899aabbccddeeff" + "00000003" + "00"));
        Assert.Equal(("ab", 3, ProducerId.None), (topic.Name, topic.PartitionCount, topic.NextProducerId));
        var ids = LogRecordValue.Read<ProducerIdsRecord>(MessageBytes.FromHex("0000 0000000000000bb8 00"));
        Assert.Equal((0L, 3_000L), (ids.FirstProducerId.Value, ids.NextProducerId.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0001 0000000000000001 00")]
    [InlineData("0002 0000000000000001 0000000000000001 00")]
    [InlineData("ffff 0000000000000001 00")]
    [InlineData("0000 0000000000000001")]
    [InlineData("0000 0000000000000001 00 00")]
    public void A_value_of_another_version_or_length_is_malformed(string hex) =>
        Assert.Throws<WireFormatException>(() => LogRecordValue.Read<ProducerIdsRecord>(MessageBytes.FromHex(hex)));

    [Fact]
    public void The_record_types_of_the_catalog_are_told_apart()
    {
        short[] types = [TopicRecord.RecordType, TopicConfigRecord.RecordType, RemoveTopicRecord.RecordType, ProducerIdsRecord.RecordType, ClusterIdRecord.RecordType];
        Assert.Equal([0, 1, 2, 3, 4], types);
    }
}
