using Semel.Client.Configuration;
using Semel.Protocol;

namespace Semel.Client.Tests.Configuration;

public class ClientConfigTests
{
    [Fact]
    public void Typed_properties_write_the_texts_that_are_parsed()
    {
        var config = new ProducerConfig
        {
            BootstrapServers = "b:1", Acks = Acks.All, EnableIdempotence = true, LingerMs = 2.5, CompressionType = CompressionType.Gzip, Partitioner = Partitioner.ConsistentRandom, BufferMemory = 1 << 24,
        };
        var options = ProducerConfigRules.Apply(config);
        Assert.Equal(TimeSpan.FromMilliseconds(2.5), options.Linger);
        Assert.Equal((Acks.All, CompressionCodec.Gzip, Partitioner.ConsistentRandom, 1 << 24), (options.Acks, options.Compression, options.Partitioner, options.BufferBytes));
    }

    [Fact]
    public void Typed_properties_read_what_was_given_under_an_alias()
    {
        var config = new ProducerConfig { ["request.required.acks"] = "1", ["queue.buffering.max.ms"] = "7" };
        Assert.Equal(Acks.Leader, config.Acks);
        Assert.Equal(7, config.LingerMs);
        Assert.Null(config.EnableIdempotence);
    }

    [Fact]
    public void Typed_properties_read_by_the_rule_that_building_a_client_reads_by()
    {
        Assert.Equal("a:1,b:2", new ProducerConfig { ["metadata.broker.list"] = "a:1, b:2" }.BootstrapServers);
        var config = new ProducerConfig { ["acks"] = "-1", ["enable.idempotence"] = "T", ["linger.ms"] = " 2.5 ", ["queue.buffering.max.kbytes"] = "3", ["compression.type"] = "GZIP", ["retries"] = " 7" };
        Assert.Equal((Acks.All, true, 2.5, 3072, CompressionType.Gzip, 7), (config.Acks, config.EnableIdempotence, config.LingerMs, config.BufferMemory, config.CompressionType, config.Retries));
    }

    [Theory]
    [InlineData("acks", "some")]
    [InlineData("enable.idempotence", "perhaps")]
    [InlineData("request.timeout.ms", "0")]
    [InlineData("request.timeout.ms", "1.5")]
    [InlineData("request.timeout.ms", "soon")]
    [InlineData("compression.type", "1")]
    public void Typed_properties_refuse_what_is_no_value_of_their_key(string key, string text)
    {
        var config = new ProducerConfig { [key] = text };
        var refused = Assert.Throws<KafkaConfigException>(() => (config.Acks, config.EnableIdempotence, config.RequestTimeoutMs, config.CompressionType));
        Assert.Equal([key], refused.Keys);
        Assert.Contains(text, refused.Message);
    }

    [Fact]
    public void Setting_null_takes_a_key_away()
    {
        var config = new ProducerConfig { Acks = Acks.None };
        config.Acks = null;
        Assert.Empty(config);
    }

    [Fact]
    public void Every_default_of_the_table_is_a_value_of_its_key()
    {
        var values = ConfigValues.Parse([], ConfigRole.All);
        Assert.All(ConfigTable.Keys, key => Assert.Equal(key.Default is null, values.Shown(key.Name) is null));
    }

    [Fact]
    public void A_key_of_the_consumer_is_read_by_its_type()
    {
        var config = new ConsumerConfig { GroupId = "g", AutoOffsetReset = AutoOffsetReset.Earliest, IsolationLevel = IsolationLevel.ReadUncommitted };
        Assert.Equal("earliest", config["auto.offset.reset"]);
        Assert.Equal("read_uncommitted", config["isolation.level"]);
        Assert.Equal(IsolationLevel.ReadUncommitted, config.IsolationLevel);
    }

    [Theory]
    [InlineData("Earliest", AutoOffsetReset.Earliest)]
    [InlineData("END", AutoOffsetReset.Latest)]
    [InlineData(" none ", AutoOffsetReset.None)]
    public void A_reset_policy_is_read_as_building_a_consumer_reads_it(string text, AutoOffsetReset policy) =>
        Assert.Equal(policy, new ConsumerConfig { ["auto.offset.reset"] = text }.AutoOffsetReset);

    [Theory]
    [InlineData("by_duration:P1D")]
    [InlineData("sometimes")]
    public void A_reset_policy_that_is_no_member_of_the_enumeration_is_refused_by_its_property(string text) =>
        Assert.Contains(text, Assert.Throws<KafkaConfigException>(() => new ConsumerConfig { ["auto.offset.reset"] = text }.AutoOffsetReset).Message);
}
