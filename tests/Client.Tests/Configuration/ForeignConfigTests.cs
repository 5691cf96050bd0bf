using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Peers;
using Semel.Client.Tests.Producing.Sending;

namespace Semel.Client.Tests.Configuration;

/// <summary>Configurations that were made for other clients: every key is honoured, refused or told, and all at once.</summary>
public class ForeignConfigTests
{
    /// <summary>The names of Apache Kafka's Java clients, of librdkafka and of Confluent's library for .NET.</summary>
    [Fact]
    public void No_key_of_another_client_is_unknown()
    {
        Assert.True(ClientSettings.All.Count > 200);
        Assert.DoesNotContain(ClientSettings.All.Select(static setting => setting.Name), static name => ConfigTable.Find(name) is null && !ConfigTable.IsWithoutMeaning(name) && !ConfigTable.IsSecurity(name));
    }

    /// <summary>Whatever is neither refused nor told has an effect; whatever is, says why, and what is refused says what to do.</summary>
    [Fact]
    public void Each_foreign_key_is_told_or_refused_with_a_reason()
    {
        Assert.All(ConfigTable.Keys.Where(static key => key.IsForeign), static key => Assert.True(key.Refusal is null != key.NoEffect is null, key.Name));
        Assert.All(ConfigTable.Keys.Where(static key => key.Refusal is not null), static key => Assert.Matches("(?i)(remove the key|set |leave them out|give )", key.Refusal!));
    }

    /// <summary>What nobody reads has no effect; then the table has to say so, and setting it is refused or told.</summary>
    [Theory]
    [InlineData((int)ConfigRole.Producer)]
    [InlineData((int)ConfigRole.Consumer)]
    [InlineData((int)ConfigRole.Admin)]
    public void A_key_that_is_not_refused_or_told_is_read_by_the_client(int role)
    {
        // What is set for the client's side alone stands before what is set for both.
        var read = ReadBy((ConfigRole)role).Concat(ReadBy((ConfigRole)role, new("socket.timeout.ms", "5000"), new("topic.metadata.refresh.interval.ms", "1000"), new("fetch.error.backoff.ms", "1"), new("group.id", "g")));
        Assert.Empty(ConfigTable.Keys.Where(key => ((int)key.Role & role) != 0 && key is { Refusal: null, NoEffect: null }).Select(static key => key.Name).Except(read));
    }

    static IReadOnlySet<string> ReadBy(ConfigRole role, params KeyValuePair<string, string>[] besides)
    {
        KeyValuePair<string, string>[] config = [new("bootstrap.servers", "b:1"), new("sticky.partitioning.linger.ms", "1"), new("allow.auto.create.topics", "true"), new("compression.type", "gzip"), .. besides];
        var effective = role switch
        {
            ConfigRole.Producer => new ProducerBuilder<string, string>(config).Build().Info.EffectiveConfig,
            ConfigRole.Consumer => new ConsumerBuilder<string, string>(config).Build().Config,
            _ => new AdminClient(config).Config,
        };
        return effective.Given.Read;
    }

    static KafkaConfigException Refuse(Action build) => Assert.Throws<KafkaConfigException>(build);

    /// <summary>As people have it: Java's names, librdkafka's, and those of Confluent's library, in one file.</summary>
    [Fact]
    public void Everything_that_is_to_be_changed_is_said_in_one_answer_with_what_has_no_effect()
    {
        var config = new Dictionary<string, string>
        {
            ["bootstrap.servers"] = "b:1", ["key.serializer"] = "org.apache.kafka.common.serialization.StringSerializer", ["linger.ms"] = "5", ["lingr.ms"] = "5", ["acks"] = "two",
            ["sasl.jaas.config"] = "x", ["security.protocol"] = "SASL_SSL", ["compression.type"] = "brotli", ["dotnet.producer.enable.background.poll"] = "true", ["dotnet.some.new.key"] = "1",
            ["statistics.interval.ms"] = "1000", ["schema.registry.url"] = "http://r", ["interceptor.classes"] = "com.acme.Tracing",
            ["transactional.id"] = "orders",
        };
        var refused = Refuse(() => new ProducerBuilder<string, string>(config).Build());
        Assert.Equal(["acks", "compression.type", "interceptor.classes", "lingr.ms", "sasl.jaas.config", "schema.registry.url", "security.protocol", "transactional.id"], refused.Keys.Order(StringComparer.Ordinal));
        Assert.All(refused.Keys, key => Assert.Contains(key, refused.Message));
        Assert.Contains("Did you mean 'linger.ms'?", refused.Message);
        Assert.Contains("8 settings are refused", refused.Message);
        Assert.Contains("Without effect here, and not in the way: key.serializer, dotnet.producer.enable.background.poll, dotnet.some.new.key, statistics.interval.ms.", refused.Message);
    }

    [Fact]
    public void A_consumers_file_of_another_client_is_answered_at_once_too()
    {
        var refused = Refuse(() => new ConsumerBuilder<string, string>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = "b:1", ["group.id"] = "g", ["enable.auto.commit"] = "true", ["session.timeout.ms"] = "45000", ["partition.assignment.strategy"] = "com.acme.Fair", ["key.deserializer"] = "x", ["fetch.min.bytes"] = "many",
        }).Build());
        Assert.Equal(["fetch.min.bytes", "partition.assignment.strategy"], refused.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("key.deserializer", refused.Message);
    }

    [Fact]
    public void A_single_refusal_is_said_as_it_always_was()
    {
        var refused = Refuse(() => new AdminClient(new Dictionary<string, string> { ["bootstrap.servers"] = "b:1", ["request.timeout.ms"] = "soon" }));
        Assert.Equal("request.timeout.ms='soon' is refused: it must be a number of milliseconds.", refused.Message);
    }

    [Fact]
    public async Task What_has_no_effect_is_told_once_in_the_log_of_each_client_and_kept_where_code_can_see_it()
    {
        KeyValuePair<string, string>[] config = [new("bootstrap.servers", "b:1"), new("debug", "all"), new("dotnet.cancellation.delay.max.ms", "50")];
        var logs = new RecordingLogs();
        await using var producer = new ProducerBuilder<string, string>([.. config, new("transaction.timeout.ms", "1000"), new("fetch.min.bytes", "1")]).UseLoggerFactory(logs).Build();
        await using var consumer = new ConsumerBuilder<string, string>([.. config, new("acks", "all")]).UseLoggerFactory(logs).Build();
        await using var admin = new AdminClient([.. config, new("linger.ms", "5")], logs);
        Assert.Equal(["debug", "dotnet.cancellation.delay.max.ms", "fetch.min.bytes", "transaction.timeout.ms"], producer.Info.EffectiveConfig.Ignored);
        Assert.Equal(["debug", "dotnet.cancellation.delay.max.ms", "acks"], consumer.Config.Ignored);
        Assert.Equal(["debug", "dotnet.cancellation.delay.max.ms", "linger.ms"], admin.Config.Ignored);
        Assert.Equal(3, logs.Lines.Count(static line => line.Level == LogLevel.Information && line.Text.Contains("debug, dotnet.cancellation.delay.max.ms, ")));
    }

    [Fact]
    public async Task An_offset_that_only_a_group_could_have_stored_is_refused()
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = "b:1" }).Build();
        Assert.Contains("there is no group", Assert.Throws<ArgumentException>(() => consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Stored))).Message);
        Assert.Empty(consumer.Assignment);
    }
}
