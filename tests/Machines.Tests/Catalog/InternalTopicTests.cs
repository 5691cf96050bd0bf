using System.Buffers.Binary;
using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Catalog;

/// <summary>Topics of the broker's own: who may make and delete them, and that the catalog remembers which they are.</summary>
public class InternalTopicTests
{
    readonly TestCatalog _catalog = new(new CatalogOptions { DefaultPartitionCount = 3, MaxPartitions = 5 });

    NewTopic Wanted(string name) => _catalog.Wanted(name, 4) with { IsInternal = true, Configs = [new("cleanup.policy", "compact")] };

    CatalogTopic Found(string name)
    {
        Assert.True(_catalog.View.TryFind(name, out var topic));
        return topic;
    }

    [Theory]
    [InlineData(InternalTopic.Transactions)]
    [InlineData(InternalTopic.Groups)]
    public void The_broker_creates_them_and_they_stay_what_they_are_over_restarts_from_the_log_and_from_a_snapshot(string name)
    {
        Assert.True(_catalog.Create(Wanted(name)).Topic!.IsInternal);
        Assert.False(_catalog.Create("orders", 1).Topic!.IsInternal);
        for (var restart = 0; restart < 3; restart++)
        {
            Assert.Equal((true, true, 4), (Found(name).IsInternal, Found(name).Config.IsCompacted, Found(name).PartitionCount));
            Assert.Equal((false, true), (Found("orders").IsInternal, Found("orders").HasLogs));
            if (restart == 0) _catalog.Restart();
            else _catalog.RestartFrom(_catalog.Save());
        }
    }

    [Fact]
    public void There_is_one_of_a_name()
    {
        _catalog.Create(Wanted(InternalTopic.Groups));
        Assert.Equal(ErrorCode.TopicAlreadyExists, _catalog.Create(Wanted(InternalTopic.Groups)).Error);
        // What scripts that make it beforehand if it is not there take as a success.
        Assert.Equal(ErrorCode.TopicAlreadyExists, _catalog.Create(InternalTopic.Groups, 50).Error);
    }

    [Fact]
    public void Nobody_deletes_them()
    {
        var topic = _catalog.Create(Wanted(InternalTopic.Groups)).Topic!;
        foreach (var command in new[] { CatalogCommand.DeleteTopic(topic.Name), CatalogCommand.DeleteTopic(topic.TopicId) })
        {
            var reply = _catalog.Turn(command)[0];
            Assert.Equal(ErrorCode.InvalidTopicException, reply.Error);
            Assert.Contains("the broker's own", reply.Message);
        }
        Assert.Equal(topic.TopicId, Found(topic.Name).TopicId);
    }

    [Fact]
    public void They_are_made_although_all_partitions_that_users_may_have_are_taken()
    {
        _catalog.Create("a", 5);
        Assert.Equal(ErrorCode.PolicyViolation, _catalog.Create("b", 1).Error);
        Assert.Equal(ErrorCode.None, _catalog.Create(Wanted(InternalTopic.Transactions)).Error);
        Assert.Equal(9, _catalog.View.PartitionCount);
        Assert.Equal(ErrorCode.PolicyViolation, _catalog.Create("b", 1).Error);
    }

    [Fact]
    public void Another_name_for_one_of_them_breaks_an_invariant() => Assert.Throws<InvariantBrokenException>(() => _catalog.Create(Wanted("orders")));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void In_the_facts_of_earlier_versions_none_is_internal_whatever_its_name_and_such_a_one_can_be_deleted(short version)
    {
        using var writer = new WireWriter(64);
        writer.WriteInt16(version);
        var fact = new TopicRecord { Name = InternalTopic.Groups, TopicId = TestCatalog.Id(900), PartitionCount = 1, NextProducerId = version == 0 ? ProducerId.None : new(7) };
        fact.Write(writer, version);
        _catalog.AppendFact((TopicRecord.RecordType, writer.ToArray()));
        Assert.False(Found(InternalTopic.Groups).IsInternal);
        Assert.Equal(ErrorCode.None, _catalog.Turn(CatalogCommand.DeleteTopic(InternalTopic.Groups))[0].Error);
    }

    [Fact]
    public void A_topic_in_a_snapshot_of_the_second_version_is_not_internal()
    {
        _catalog.RestartFrom(
        [
            0, 2, .. Int64(7), .. Int64(5_000), .. Int64(3_000), .. Int32(1), .. Int32(1), (byte)'t', .. Int32(16), .. Enumerable.Repeat((byte)9, 16), .. Int32(3), 1, .. Int64(4_000), .. Int32(0),
        ]);
        Assert.Equal((false, true, 4_000L), (Found("t").IsInternal, Found("t").HasLogs, Found("t").ProducersSince.Value));
        Assert.Equal(5_000, _catalog.View.NextProducerId.Value);
    }

    /// <summary>The hashes are Java's: the sixth has none of its size without a sign, the last one counts UTF-16 units.</summary>
    [Theory]
    [InlineData("", 50, 0)]
    [InlineData("a", 50, 97 % 50)]
    [InlineData("abc", 50, 96354 % 50)]
    [InlineData("my-transactional-id", 50, 46)]
    [InlineData("group-1", 50, 49)]
    [InlineData("polygenelubricants", 50, 0)]
    [InlineData("\ud83d\ude00", 50, 1772899 % 50)]
    public void A_key_belongs_to_the_partition_where_Kafka_has_it(string key, int count, int partition) => Assert.Equal(partition, InternalTopic.PartitionOf(key, count));

    [Fact]
    public void They_are_made_although_another_name_is_the_same_in_the_names_of_metrics()
    {
        _catalog.Create("__consumer.offsets", 1);
        Assert.Equal(ErrorCode.None, _catalog.Create(Wanted(InternalTopic.Groups)).Error);
        Assert.Equal(ErrorCode.None, _catalog.Turn(CatalogCommand.DeleteTopic("__consumer.offsets"))[0].Error);
        Assert.True(_catalog.View.TryFind(InternalTopic.Groups, out _));
    }

    static byte[] Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    static byte[] Int32(int value) => Int64(value)[4..];
}
