using System.Buffers.Binary;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Catalog;

/// <summary>What the catalog knows of a topic's beginning: that its logs were made before it, and which producers came after it.</summary>
public class TopicAgeTests
{
    readonly TestCatalog _catalog = new();

    (bool, long) AgeOf(string name)
    {
        Assert.True(_catalog.View.TryFind(name, out var topic));
        return (topic.HasLogs, topic.ProducersSince.Value);
    }

    static (short, byte[]) FirstVersion(string name, int id)
    {
        using var writer = new WireWriter(64);
        writer.WriteInt16(0);
        new TopicRecord { Name = name, TopicId = TestCatalog.Id(id), PartitionCount = 1 }.Write(writer, 0);
        return (TopicRecord.RecordType, writer.ToArray());
    }

    [Fact]
    public void It_is_told_with_the_topic_and_outlives_a_restart_from_the_log_and_from_a_snapshot()
    {
        var wanted = _catalog.Wanted("t") with { NextProducerId = new ProducerId(4_711), Configs = [new("retention.ms", "5")] };
        Assert.Equal((true, 4_711L), (_catalog.Create(wanted).Topic!.HasLogs, _catalog.View.Topics[0].ProducersSince.Value));
        Assert.Equal((true, 4_711L), AgeOf("t"));
        _catalog.Restart();
        Assert.Equal((true, 4_711L), AgeOf("t"));
        _catalog.RestartFrom(_catalog.Save());
        Assert.Equal((true, 4_711L), AgeOf("t"));
    }

    [Fact]
    public void A_topic_of_the_first_version_may_have_no_logs_and_only_producers_without_a_reservation_certainly_came_later()
    {
        var reserved = _catalog.Reserve();
        _catalog.AppendFact(FirstVersion("old", 900));
        _catalog.Reserve();
        _catalog.Create("new");
        Assert.Equal((false, reserved.FirstProducerId.Value + 1_000), AgeOf("old"));
        _catalog.Restart();
        Assert.Equal((false, reserved.FirstProducerId.Value + 1_000), AgeOf("old"));
        _catalog.RestartFrom(_catalog.Save());
        Assert.Equal((false, reserved.FirstProducerId.Value + 1_000), AgeOf("old"));
        Assert.Equal((true, 0L), AgeOf("new"));
    }

    [Fact]
    public void A_topic_in_a_snapshot_of_the_first_version_is_one_of_the_first_version()
    {
        _catalog.RestartFrom(
        [
            0, 1, .. Int64(7), .. Int64(5_000), .. Int32(1), .. Int32(1), (byte)'t', .. Int32(16), .. Enumerable.Repeat((byte)9, 16), .. Int32(3), .. Int32(0),
        ]);
        Assert.Equal((false, 5_000L), AgeOf("t"));
        Assert.Equal(3, _catalog.View.PartitionCount);
    }

    static byte[] Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    static byte[] Int32(int value) => Int64(value)[4..];

    [Fact]
    public void A_view_keeps_what_it_showed_while_the_catalog_goes_on()
    {
        for (var number = 0; number < 100; number++) _catalog.Create($"t{number:00}");
        var before = _catalog.View;
        _catalog.Turn(CatalogCommand.DeleteTopic("t50"));
        _catalog.Create("t500");
        Assert.Equal((100, 100), (before.TopicCount, before.Topics.Count));
        Assert.True(before.TryFind("t50", out var deleted) && before.TryFind(deleted.TopicId, out _) && !before.TryFind("t500", out _));
        Assert.False(_catalog.View.TryFind("t50", out _) || _catalog.View.TryFind(deleted.TopicId, out _));
        Assert.Equal(_catalog.View.Topics.Select(topic => topic.Name).Order(StringComparer.Ordinal), _catalog.View.Topics.Select(topic => topic.Name));
    }
}
