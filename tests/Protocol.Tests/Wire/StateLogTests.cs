using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class StateLogTests
{
    static readonly OffsetCommitKey Key = new() { Group = new("g"), Topic = "t", Partition = 2 };

    [Fact]
    public void A_record_is_written_with_its_number_and_its_version_in_front_and_read_again()
    {
        var value = new OffsetCommitValue { Offset = 7, LeaderEpoch = 1, Metadata = "m", CommitTimestamp = 9, TopicId = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")) };
        var (key, bytes) = StateRecord.ToBytes(Key, value);
        Assert.Equal("0001" + "000167" + "000174" + "00000002", MessageBytes.ToHex(key));
        Assert.Equal("0004" + "0000000000000007" + "00000001" + "026d" + "0000000000000009" + "010010" + "00112233445566778899aabbccddeeff", MessageBytes.ToHex(bytes));

        var read = StateLogs.ConsumerOffsets.Read(key, bytes);
        Assert.Equal((1, "OffsetCommit", false, 4), (read.Type, read.Kind!.Name, read.IsTombstone, read.ValueVersion));
        var (readKey, readValue) = (Assert.IsType<OffsetCommitKey>(read.Key), Assert.IsType<OffsetCommitValue>(read.Value));
        Assert.Equal(("g", "t", 2), (readKey.Group.Value, readKey.Topic, readKey.Partition));
        Assert.Equal((7L, 1, "m", 9L, value.TopicId), (readValue.Offset, readValue.LeaderEpoch, readValue.Metadata, readValue.CommitTimestamp, readValue.TopicId));
    }

    [Fact]
    public void An_older_version_is_written_when_it_is_asked_for()
    {
        var (_, bytes) = StateRecord.ToBytes(Key, new OffsetCommitValue { Offset = 7, Metadata = "", CommitTimestamp = 9, ExpireTimestamp = 11 }, version: 1);
        Assert.Equal("0001" + "0000000000000007" + "0000" + "0000000000000009" + "000000000000000b", MessageBytes.ToHex(bytes));
        Assert.Equal(11, Assert.IsType<OffsetCommitValue>(StateLogs.ConsumerOffsets.Read(StateRecord.KeyBytes(Key), bytes).Value).ExpireTimestamp);
    }

    [Fact]
    public void A_tombstone_has_a_key_only()
    {
        var read = StateLogs.ConsumerOffsets.Read(StateRecord.KeyBytes(Key), null);
        Assert.IsType<OffsetCommitKey>(read.Key);
        Assert.Equal((true, null, (short)-1), (read.IsTombstone, read.Value, read.ValueVersion));
    }

    [Fact]
    public void A_kind_that_is_not_known_is_told_and_not_an_error()
    {
        var read = StateLogs.ConsumerOffsets.Read(MessageBytes.FromHex("7fff 01"), MessageBytes.FromHex("01"));
        Assert.Equal((short.MaxValue, null, null, null, false), (read.Type, read.Kind, read.Key, read.Value, read.IsTombstone));
        Assert.True(StateLogs.TransactionState.Read(StateRecord.KeyBytes(Key), null) is { Kind: null, IsTombstone: true });
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("00", "0000")]
    [InlineData("0001 0001 67 0001 74 000000", "0003 0000000000000007 00000001 0000 0000000000000009")]
    [InlineData("0001 0001 67 0001 74 00000002 00", "0003 0000000000000007 00000001 0000 0000000000000009")]
    [InlineData("0001 0001 67 0001 74 00000002", "0003 0000000000000007 00000001 0000 00000000000000")]
    [InlineData("0001 0001 67 0001 74 00000002", "0003 0000000000000007 00000001 0000 0000000000000009 00")]
    [InlineData("0001 0001 67 0001 74 00000002", "0005 0000000000000007 00000001 0000 0000000000000009")]
    [InlineData("0001 0001 67 0001 74 00000002", "ffff 0000000000000007 00000001 0000 0000000000000009")]
    public void Bytes_that_are_not_what_the_key_says_are_malformed(string key, string value) =>
        Assert.Throws<WireFormatException>(() => StateLogs.ConsumerOffsets.Read(MessageBytes.FromHex(key), MessageBytes.FromHex(value)));

    [Fact]
    public void What_we_add_to_a_transactions_record_stands_behind_Kafkas_fields()
    {
        var value = new TransactionLogValue
        {
            ProducerId = new(1), ProducerEpoch = new(2), TransactionTimeoutMs = 3, TransactionStatus = 1, PreviousProducerId = new(1), NextProducerId = new(5),
            TransactionPartitions = [new() { Topic = "t", PartitionIds = [0], TopicId = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")) }],
            ClientTransactionVersion = 2, LastEpoch = new(1),
        };
        var (key, bytes) = StateRecord.ToBytes(new TransactionLogKey { TransactionalId = new("x") }, value);
        Assert.Equal("0000" + "000178", MessageBytes.ToHex(key));
        Assert.Equal("0001" + "0000000000000001" + "0002" + "00000003" + "01"
            + "02" + "0274" + "0200000000" + "01" + "e807" + "10" + "00112233445566778899aabbccddeeff"
            + "0000000000000000" + "0000000000000000"
            + "04" + "00080000000000000001" + "01080000000000000005" + "02020002" + "e807" + "02" + "0001", MessageBytes.ToHex(bytes));
        var read = Assert.IsType<TransactionLogValue>(StateLogs.TransactionState.Read(key, bytes).Value);
        Assert.Equal((new ProducerEpoch(1), value.TransactionPartitions[0].TopicId), (read.LastEpoch, read.TransactionPartitions![0].TopicId));
    }

    /// <summary>Kafka tells a classic member in a KIP-848 group by this field being there: "none" is a null that is written, and nothing written is the empty value.</summary>
    [Fact]
    public void A_null_that_is_not_the_default_is_written()
    {
        var (key, bytes) = StateRecord.ToBytes(new ConsumerGroupMemberMetadataKey { GroupId = new("g"), MemberId = "m" }, new ConsumerGroupMemberMetadataValue { ClassicMemberMetadata = null });
        Assert.EndsWith("01" + "00" + "01" + "00", MessageBytes.ToHex(bytes), StringComparison.Ordinal);
        Assert.Null(Assert.IsType<ConsumerGroupMemberMetadataValue>(StateLogs.ConsumerOffsets.Read(key, bytes).Value).ClassicMemberMetadata);
        Assert.NotNull(new ConsumerGroupMemberMetadataValue().ClassicMemberMetadata);
    }

    [Fact]
    public void Each_log_has_its_topic_and_the_kinds_of_its_schema_file()
    {
        Assert.Equal(["__consumer_offsets", "__transaction_state"], StateLogs.All.Select(log => log.Topic));
        Assert.Equal([0, 1, 2, 3, 5, 6, 7, 8, 16], StateLogs.ConsumerOffsets.Kinds.Select(kind => (int)kind.Type));
        Assert.Equal("TransactionLog", Assert.Single(StateLogs.TransactionState.Kinds).Name);
    }
}
