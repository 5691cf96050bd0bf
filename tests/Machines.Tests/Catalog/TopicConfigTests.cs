using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Tests.Catalog;

public class TopicConfigTests
{
    readonly TestCatalog _catalog = new();

    [Theory]
    [InlineData("cleanup.policy", "delete")]
    [InlineData("cleanup.policy", "compact, delete")]
    [InlineData("compression.type", "producer")]
    [InlineData("retention.ms", "-1")]
    [InlineData("retention.ms", " 5 ")]
    [InlineData("retention.bytes", "9223372036854775807")]
    [InlineData("segment.bytes", "1048576")]
    [InlineData("max.message.bytes", "0")]
    [InlineData("message.timestamp.type", "LogAppendTime")]
    [InlineData("min.cleanable.dirty.ratio", "0.01")]
    [InlineData("unclean.leader.election.enable", "TRUE")]
    [InlineData("remote.storage.enable", "false")]
    [InlineData("leader.replication.throttled.replicas", "")]
    [InlineData("compression.gzip.level", "-1")]
    [InlineData("compression.type", "uncompressed")]
    [InlineData("compression.type", "zstd")]
    [InlineData("max.decompressed.message.bytes", "1")]
    public void Values_that_are_taken(string name, string value) => Assert.Equal(ErrorCode.None, _catalog.Create("a", (name, value)).Error);

    [Theory]
    [InlineData("no.such.thing", "1")]
    [InlineData("Retention.ms", "1")]
    [InlineData("cleanup.policy", "")]
    [InlineData("cleanup.policy", "delete,burn")]
    [InlineData("compression.type", "none")]
    [InlineData("compression.type", "Gzip")]
    [InlineData("max.decompressed.message.bytes", "0")]
    [InlineData("max.decompressed.message.bytes", "2147483640")]
    [InlineData("retention.ms", "-2")]
    [InlineData("retention.ms", "1.5")]
    [InlineData("retention.ms", "")]
    [InlineData("retention.ms", null)]
    [InlineData("retention.bytes", "9223372036854775808")]
    [InlineData("segment.bytes", "1048575")]
    [InlineData("max.message.bytes", "2147483648")]
    [InlineData("message.timestamp.type", "createtime")]
    [InlineData("min.cleanable.dirty.ratio", "1.1")]
    [InlineData("min.cleanable.dirty.ratio", "NaN")]
    [InlineData("unclean.leader.election.enable", "yes")]
    [InlineData("remote.storage.enable", "true")]
    [InlineData("min.insync.replicas", "0")]
    public void Values_that_are_refused(string name, string? value)
    {
        var reply = _catalog.Create("a", (name, value));
        Assert.Equal(ErrorCode.InvalidConfig, reply.Error);
        Assert.Contains(name, reply.Message);
        Assert.Empty(_catalog.Log);
    }

    [Theory]
    [InlineData("retention.ms", "5", true)]
    [InlineData("retention.ms", "604800000", true)]
    [InlineData("retention.ms", "-1", false)]
    [InlineData("retention.bytes", "-1", false)]
    [InlineData("retention.bytes", "1", true)]
    [InlineData("cleanup.policy", "compact", true)]
    [InlineData("cleanup.policy", "delete", false)]
    [InlineData("min.insync.replicas", "1", false)]
    [InlineData("min.insync.replicas", "2", true)]
    [InlineData("max.message.bytes", "5", false)]
    public void A_value_from_which_nothing_follows_is_remarked_upon(string name, string value, bool isMissed)
    {
        var remark = TopicConfigTable.Remark([KeyValuePair.Create(name, value)]);
        Assert.Equal(isMissed ? $"{name}={value}: kept and told, without effect on this broker" : null, remark);
    }

    [Fact]
    public void All_defaults_are_values_that_would_be_taken() =>
        Assert.All(TopicConfigTable.All, entry => Assert.Null(entry.Refusal(entry.Default)));

    [Fact]
    public void The_table_is_sorted_and_every_entry_is_explained()
    {
        Assert.Equal(TopicConfigTable.All.Select(entry => entry.Name).Order(StringComparer.Ordinal), TopicConfigTable.All.Select(entry => entry.Name));
        Assert.All(TopicConfigTable.All, entry => Assert.EndsWith(".", entry.Documentation));
    }

    [Fact]
    public void What_was_set_goes_before_the_brokers_default_and_that_before_kafkas()
    {
        var catalog = new TestCatalog(new CatalogOptions { TopicDefaults = new Dictionary<string, string> { ["retention.ms"] = "77", ["segment.ms"] = "88" } });
        var config = catalog.Create("a", ("retention.ms", "99")).Topic!.Config;
        Assert.Equal((99L, 88L, -1L), (config.RetentionMs, config.SegmentMs, config.RetentionBytes));
        Assert.Equal((false, true, false), (config.IsBrokerDefault("retention.ms"), config.IsBrokerDefault("segment.ms"), config.IsBrokerDefault("retention.bytes")));
        Assert.Equal(["retention.ms"], config.Overrides.Keys);
    }

    [Fact]
    public void Configurations_are_there_after_a_restart()
    {
        var before = _catalog.Create("a", ("cleanup.policy", "compact"), ("message.timestamp.type", "LogAppendTime"), ("max.message.bytes", " 500 ")).Topic!.Config;
        _catalog.Restart();
        Assert.True(_catalog.View.TryFind("a", out var topic));
        Assert.Equal(before.Overrides.OrderBy(pair => pair.Key), topic.Config.Overrides.OrderBy(pair => pair.Key));
        Assert.Equal((true, false, TimestampType.LogAppendTime, 500), (topic.Config.IsCompacted, topic.Config.IsDeletedByRetention, topic.Config.TimestampType, topic.Config.MaxMessageBytes));
        Assert.Equal("500", topic.Config.Value("max.message.bytes"));
    }

    [Fact]
    public void The_last_of_two_values_for_one_name_counts() => Assert.Equal(6, _catalog.Create("a", ("retention.ms", "5"), ("retention.ms", "6")).Topic!.Config.RetentionMs);

    [Theory]
    [InlineData("retention.ms", "x", 1, 10, 1)]
    [InlineData("nothing", "1", 1, 10, 1)]
    [InlineData("retention.ms", "1", 0, 10, 1)]
    [InlineData("retention.ms", "1", 11, 10, 1)]
    [InlineData("retention.ms", "1", 1, 10, 0)]
    public void Options_that_cannot_be_are_refused_at_the_start(string name, string value, int partitions, int maxPartitions, int block) =>
        Assert.Throws<ArgumentException>(() => new CatalogMachine(new CatalogOptions
        {
            TopicDefaults = new Dictionary<string, string> { [name] = value },
            DefaultPartitionCount = partitions,
            MaxPartitions = maxPartitions,
            ProducerIdBlockSize = block,
        }));
}
