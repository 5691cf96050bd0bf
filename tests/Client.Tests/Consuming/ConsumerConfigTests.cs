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
    [InlineData("group.instance.id", "g-1")]
    [InlineData("group.protocol", "consumer")]
    [InlineData("partition.assignment.strategy", "range")]
    [InlineData("session.timeout.ms", "45000")]
    [InlineData("max.poll.interval.ms", "300000")]
    [InlineData("auto.commit.interval.ms", "5000")]
    [InlineData("auto.offset.store.timing", "on-delivery")]
    public void What_only_a_group_could_honour_is_told_when_there_is_none(string key, string value)
    {
        Assert.Equal([key], Options((key, value)).Effective!.Ignored);
        Assert.Empty(Options(("group.id", "g"), (key, value)).Effective!.Ignored);
    }

    [Theory]
    [InlineData("enable.auto.commit")]
    [InlineData("auto.commit.enable")]
    public void Commits_without_a_group_are_refused_when_they_were_asked_for(string key)
    {
        Assert.Equal([key], Refused((key, "true")).Keys);
        Assert.Empty(Options((key, "false")).Effective!.Ignored);
        Assert.False(Options().CommitsByItself);
        Assert.Equal("false", Options().Effective!["enable.auto.commit"]);
        Assert.True(Options(("group.id", "g")).CommitsByItself);
    }

    [Fact]
    public void A_group_runs_with_what_is_said_and_else_with_kafkas_defaults()
    {
        var group = Options(("group.id", "g")).Group!;
        Assert.Equal(("g", null, GroupProtocol.Auto, 45.0, 3.0, 300.0), (group.GroupId, group.InstanceId, group.Protocol, group.SessionTimeout.TotalSeconds, group.HeartbeatInterval.TotalSeconds, group.MaxPollInterval.TotalSeconds));
        Assert.Equal([PartitionAssignmentStrategy.Range, PartitionAssignmentStrategy.CooperativeSticky], group.Strategies);
        group = Options(("group.id", "g"), ("group.instance.id", "i"), ("group.protocol", "classic"), ("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")).Group!;
        Assert.Equal(("i", GroupProtocol.Classic), (group.InstanceId, group.Protocol));
        Assert.Equal([PartitionAssignmentStrategy.CooperativeSticky], group.Strategies);
        Assert.Contains("roundrobin", Refused(("group.id", "g"), ("partition.assignment.strategy", "com.acme.Fair")).Message);
    }

    [Fact]
    public void A_session_that_has_no_room_for_three_heartbeats_is_refused_or_the_heartbeats_follow_it()
    {
        Assert.Equal(["session.timeout.ms", "heartbeat.interval.ms"], Refused(("group.id", "g"), ("session.timeout.ms", "8000"), ("heartbeat.interval.ms", "3000")).Keys);
        var options = Options(("group.id", "g"), ("session.timeout.ms", "6000"));
        Assert.Equal(2000, options.Group!.HeartbeatInterval.TotalMilliseconds);
        Assert.Equal("heartbeat.interval.ms", Assert.Single(options.Effective!.Adjustments).Key);
    }

    [Fact]
    public void When_a_record_is_finished_is_said_in_one_way_only()
    {
        Assert.Equal(StoreTiming.OnNext, Options(("group.id", "g")).StoreTiming);
        Assert.Equal(StoreTiming.OnDelivery, Options(("group.id", "g"), ("auto.offset.store.timing", "on-delivery")).StoreTiming);
        Assert.Equal(StoreTiming.Told, Options(("group.id", "g"), ("enable.auto.offset.store", "false")).StoreTiming);
        Assert.Equal(["auto.offset.store.timing", "enable.auto.offset.store"], Refused(("group.id", "g"), ("auto.offset.store.timing", "on-delivery"), ("enable.auto.offset.store", "false")).Keys);
    }

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
