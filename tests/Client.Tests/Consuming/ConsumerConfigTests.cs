using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class ConsumerConfigTests
{
    static ConsumerOptions Options(params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig { BootstrapServers = "kafka:9092,other:9093" };
        foreach (var (key, value) in config) keys[key] = value;
        return ConsumerConfigRules.Apply(keys, TimeProvider.System, NullLogger.Instance);
    }

    static KafkaConfigException Refused(params (string Key, string Value)[] config) => Assert.Throws<KafkaConfigException>(() => Options(config));

    [Fact]
    public void Only_committed_records_are_read_and_from_the_end_when_nothing_else_is_said()
    {
        var options = Options();
        Assert.Equal((IsolationLevel.ReadCommitted, ResetKind.Latest, 500, 64L << 20, true, false), (options.Isolation, options.Reset.Kind, options.PullRecords, options.QueuedMaxBytes, options.CheckCrcs, options.AllowAutoCreate));
        Assert.Equal(["kafka:9092", "other:9093"], options.Connections.BootstrapServers.Select(server => server.ToString()));
    }

    [Fact]
    public void Librdkafkas_names_mean_the_same()
    {
        var options = Options(("fetch.wait.max.ms", "7"), ("fetch.message.max.bytes", "8000"), ("auto.offset.reset", "smallest"), ("queued.max.messages.kbytes", "10"));
        Assert.Equal((7.0, 8000, ResetKind.Earliest, 10_240L), (options.FetchMaxWait.TotalMilliseconds, options.PartitionFetchMaxBytes, options.Reset.Kind, options.QueuedMaxBytes));
    }

    [Fact]
    public void A_whole_fetch_is_raised_to_what_one_partition_may_bring_and_the_change_can_be_seen()
    {
        var options = Options(("fetch.max.bytes", "1000"), ("max.partition.fetch.bytes", "5000"));
        Assert.Equal(5000, options.FetchMaxBytes);
        Assert.Equal("fetch.max.bytes", Assert.Single(options.Effective!.Adjustments).Key);
    }

    [Theory]
    [InlineData("group.id", "g")]
    [InlineData("group.instance.id", "g-1")]
    [InlineData("group.protocol", "consumer")]
    [InlineData("partition.assignment.strategy", "range")]
    [InlineData("session.timeout.ms", "45000")]
    [InlineData("heartbeat.interval.ms", "3000")]
    [InlineData("max.poll.interval.ms", "300000")]
    [InlineData("enable.auto.commit", "true")]
    [InlineData("auto.commit.enable", "true")]
    [InlineData("auto.commit.interval.ms", "5000")]
    [InlineData("enable.auto.offset.store", "true")]
    public void What_only_a_group_could_honour_is_refused(string key, string value)
    {
        var refused = Refused((key, value));
        Assert.Equal([key], refused.Keys);
        Assert.Contains("no consumer groups yet", refused.Message);
    }

    [Theory]
    [InlineData("enable.auto.commit", "false")]
    [InlineData("enable.auto.offset.store", "false")]
    public void That_nothing_is_committed_is_what_happens_anyway(string key, string value) => Assert.Empty(Options((key, value)).Effective!.Ignored);

    [Fact]
    public void A_group_is_no_business_of_a_producer_and_told_as_such() =>
        Assert.Equal(["group.id"], Semel.Client.Configuration.ProducerConfigRules.Apply(new ProducerConfig { BootstrapServers = "b:1", ["group.id"] = "g" }).Effective.Ignored);

    [Theory]
    [InlineData("auto.offset.reset", "sometime")]
    [InlineData("bootstrap.servers", " , ")]
    [InlineData("bootstrap.servers", "kafka:none")]
    [InlineData("isolation.level", "serializable")]
    [InlineData("max.poll.records", "0")]
    [InlineData("no.such.key", "1")]
    [InlineData("security.protocol", "ssl")]
    public void What_cannot_be_is_refused_by_the_name_it_was_given_under(string key, string value)
    {
        var refused = Refused((key, value));
        Assert.Contains(key, refused.Message);
        Assert.Contains(key, refused.Keys);
    }

    /// <summary>A producer and a consumer alike: the same exception, at the same moment, in the same words.</summary>
    [Fact]
    public void A_type_that_nobody_can_turn_into_bytes_or_back_is_refused_when_building()
    {
        KeyValuePair<string, string>[] config = [new("bootstrap.servers", "kafka")];
        foreach (var (refusal, what) in new (KafkaConfigException, string)[]
        {
            (Assert.Throws<KafkaConfigException>(() => new ConsumerBuilder<string, Version>(config).Build()), "deserializer for a value of type System.Version: give one with SetValueDeserializer"),
            (Assert.Throws<KafkaConfigException>(() => new ConsumerBuilder<Version, string>(config).Build()), "deserializer for a key of type System.Version: give one with SetKeyDeserializer"),
            (Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string, Version>(config).Build()), "serializer for a value of type System.Version: give one with SetValueSerializer"),
            (Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<Version, string>(config).Build()), "serializer for a key of type System.Version: give one with SetKeySerializer"),
        })
        {
            Assert.Contains($"there is no {what}", refusal.Message);
            Assert.Equal((ErrorClass.Config, LocalErrorCode.InvalidConfig), (refusal.Class, refusal.Error.LocalCode));
        }
    }

    [Fact]
    public void A_refused_configuration_comes_before_a_missing_serializer_in_both()
    {
        KeyValuePair<string, string>[] config = [new("bootstrap.servers", "kafka"), new("no.such.key", "1")];
        Assert.Equal(["no.such.key"], Assert.Throws<KafkaConfigException>(() => new ConsumerBuilder<string, Version>(config).Build()).Keys);
        Assert.Equal(["no.such.key"], Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string, Version>(config).Build()).Keys);
    }

    [Theory]
    [InlineData("topic.metadata.refresh.interval.ms", "-1", int.MaxValue)]
    [InlineData("metadata.max.age.ms", "0", 100)]
    [InlineData("metadata.max.age.ms", "7000", 7000)]
    public void Metadata_is_asked_for_again_as_often_as_said_or_never(string name, string value, long milliseconds) =>
        Assert.Equal(milliseconds, ConsumerConfigRules.Apply(new ConsumerConfig { BootstrapServers = "b:1", [name] = value }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Connections.MetadataMaxAge.TotalMilliseconds);
}
