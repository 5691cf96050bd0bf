using Semel.Client.Configuration;
using Semel.Protocol;

namespace Semel.Client.Tests.Configuration;

/// <summary>The validation matrix of the producer, row by row: what is accepted, adjusted, refused, and that a refusal names the keys as they were given.</summary>
public class ProducerConfigRulesTests
{
    static ProducerOptions Apply(params string[] settings) => ProducerConfigRules.Apply(
        settings.Prepend("bootstrap.servers=b:1").Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1])));

    static KafkaConfigException Refuse(string settings, params string[] keys)
    {
        var refusal = Assert.Throws<KafkaConfigException>(() => Apply(settings.Split(' ')));
        Assert.All(keys, key => Assert.Contains(key, refusal.Message));
        Assert.All(keys, key => Assert.Contains(key, refusal.Keys));
        Assert.Equal(ErrorClass.Config, refusal.Class);
        return refusal;
    }

    [Fact]
    public void The_defaults_are_idempotent_with_acks_all()
    {
        var options = Apply();
        Assert.True(options.IsIdempotent);
        Assert.False(options.IdempotenceIsRequired);
        Assert.Equal((Acks.All, 5, int.MaxValue), (options.Acks, options.MaxInFlight, options.Retries));
        Assert.Equal(TimeSpan.FromMinutes(2), options.DeliveryTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(10), options.StickyLinger);
        Assert.Empty(options.Effective.Adjustments);
        Assert.Null(options.Effective.IdempotenceDisabledBy);
    }

    [Theory]
    [InlineData("enable.idempotence=true acks=all")]
    [InlineData("enable.idempotence=true acks=-1 retries=1 max.in.flight=5")]
    [InlineData("enable.idempotence=true max.in.flight.requests.per.connection=1")]
    public void Idempotence_by_name_is_kept_with_what_it_needs(string settings)
    {
        var options = Apply(settings.Split(' '));
        Assert.True(options.IsIdempotent && options.IdempotenceIsRequired);
    }

    [Theory]
    [InlineData("enable.idempotence=true acks=0", "enable.idempotence", "acks")]
    [InlineData("enable.idempotence=true request.required.acks=1", "enable.idempotence", "request.required.acks")]
    [InlineData("enable.idempotence=true retries=0", "enable.idempotence", "retries")]
    [InlineData("enable.idempotence=true max.in.flight=6", "enable.idempotence", "max.in.flight")]
    [InlineData("max.in.flight.requests.per.connection=6", "enable.idempotence", "max.in.flight.requests.per.connection")]
    [InlineData("acks=1 max.in.flight=6", "enable.idempotence", "max.in.flight")]
    public void V1_V3_V5_V6_what_rules_idempotence_out_is_refused(string settings, string first, string second) => Refuse(settings, first, second);

    [Theory]
    [InlineData("acks=0", "acks", "0")]
    [InlineData("acks=1", "acks", "1")]
    [InlineData("retries=0", "retries", "0")]
    public void V2_V4_idempotence_that_was_not_asked_for_is_turned_off_and_told(string settings, string key, string value)
    {
        var options = Apply(settings);
        Assert.False(options.IsIdempotent);
        Assert.Equal(key, options.Effective.IdempotenceDisabledBy);
        Assert.Equal("false", options.Effective["enable.idempotence"]);
        Assert.Equal(value, options.Effective[key]);
        Assert.Equal("enable.idempotence", Assert.Single(options.Effective.Adjustments).Key);
    }

    [Fact]
    public void V7_five_requests_are_in_flight_when_nothing_is_said() => Assert.Equal(5, Apply("enable.idempotence=false").MaxInFlight);

    [Fact]
    public void Without_idempotence_anything_goes()
    {
        var options = Apply("enable.idempotence=false", "acks=1", "retries=0", "max.in.flight=100");
        Assert.False(options.IsIdempotent);
        Assert.Equal(100, options.MaxInFlight);
        Assert.Null(options.Effective.IdempotenceDisabledBy);
    }

    [Fact]
    public void V8_a_transactional_id_without_idempotence_is_refused() => Refuse("transactional.id=t enable.idempotence=false", "transactional.id", "enable.idempotence");

    [Fact]
    public void V9_a_transactional_id_implies_idempotence_without_a_word()
    {
        var options = Apply("transactional.id=t", "delivery.timeout.ms=60000");
        Assert.True(options.IsIdempotent && options.IdempotenceIsRequired);
        Assert.Empty(options.Effective.Adjustments);
    }

    [Theory]
    [InlineData("acks=1", "acks")]
    [InlineData("retries=0", "retries")]
    [InlineData("max.in.flight=6", "max.in.flight")]
    public void V10_a_transactional_id_with_what_rules_idempotence_out_is_refused(string setting, string key) => Refuse($"transactional.id=t {setting}", "transactional.id", key);

    [Theory]
    [InlineData("transactional.id=")]
    [InlineData("transactional.id=\t")]
    public void V11_an_empty_transactional_id_is_refused(string setting) => Refuse(setting, "transactional.id");

    [Fact]
    public void V12_a_delivery_timeout_that_does_not_cover_linger_and_a_request_is_refused()
    {
        var refusal = Refuse("delivery.timeout.ms=30004", "delivery.timeout.ms", "linger.ms", "request.timeout.ms");
        Assert.Contains("30005", refusal.Message);
        Assert.Equal(TimeSpan.FromMilliseconds(30005), Apply("delivery.timeout.ms=30005").DeliveryTimeout);
    }

    [Fact]
    public void V13_a_delivery_timeout_that_was_not_given_is_raised()
    {
        var options = Apply("request.timeout.ms=200000");
        Assert.Equal(TimeSpan.FromMilliseconds(200005), options.DeliveryTimeout);
        Assert.Equal(("delivery.timeout.ms", "120000", "200005"), options.Effective.Adjustments.Select(change => (change.Key, change.From, change.To)).Single());
    }

    [Fact]
    public void A_delivery_timeout_of_zero_sets_no_limit() => Assert.Null(Apply("message.timeout.ms=0").DeliveryTimeout);

    [Fact]
    public void V14_a_delivery_timeout_longer_than_the_transaction_is_refused() =>
        Refuse("transactional.id=t delivery.timeout.ms=60001", "delivery.timeout.ms", "transaction.timeout.ms");

    [Fact]
    public void V15_V16_times_that_were_not_given_are_fitted_into_the_transaction()
    {
        var options = Apply("transactional.id=t", "transaction.timeout.ms=10000");
        Assert.Equal(TimeSpan.FromSeconds(10), options.DeliveryTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(9995), options.RequestTimeout);
        Refuse("transactional.id=t transaction.timeout.ms=10000 request.timeout.ms=10000", "request.timeout.ms", "transaction.timeout.ms");
        Refuse("transactional.id=t transaction.timeout.ms=500", "request.timeout.ms", "transaction.timeout.ms");
    }

    [Fact]
    public void V17_a_linger_as_long_as_the_delivery_timeout_is_refused() => Refuse("linger.ms=50000 delivery.timeout.ms=50000", "linger.ms", "delivery.timeout.ms");

    [Fact]
    public void V18_a_batch_is_no_larger_than_a_request()
    {
        var options = Apply("batch.size=2000000");
        Assert.Equal(1048576, options.BatchSizeBytes);
        Assert.Equal("batch.size", Assert.Single(options.Effective.Adjustments).Key);
        Assert.Equal(1048576, Apply("batch.size=1048576").BatchSizeBytes);
    }

    [Fact]
    public void V19_a_record_that_does_not_fit_into_the_memory_is_refused()
    {
        Refuse("max.request.size=2000000 buffer.memory=1999999", "max.request.size", "buffer.memory");
        Assert.Equal(2_000_000, Apply("max.request.size=2000000", "buffer.memory=2000000", "batch.size=1000").MaxBatchBytes);
    }

    [Fact]
    public void V20_two_batches_fit_into_the_memory() => Assert.Equal(524288, Apply("queue.buffering.max.kbytes=1024").BatchSizeBytes);

    [Fact]
    public void V21_no_acknowledgements_are_accepted() => Assert.Equal(Acks.None, Apply("acks=0").Acks);

    [Fact]
    public void V22_keys_without_meaning_here_are_accepted_and_listed()
    {
        var options = Apply("debug=all", "statistics.interval.ms=1000", "queuing.strategy=fifo", "session.timeout.ms=10000");
        Assert.Equal(["debug", "statistics.interval.ms", "queuing.strategy", "session.timeout.ms"], options.Effective.Ignored);
    }

    [Theory]
    [InlineData("acsk=all", "acks")]
    [InlineData("linger=5", "linger.ms")]
    [InlineData("enable.idempotense=true", "enable.idempotence")]
    public void V23_an_unknown_key_is_refused_with_the_nearest_known_one(string setting, string nearest) =>
        Assert.Contains($"Did you mean '{nearest}'?", Refuse(setting, setting.Split('=')[0]).Message);

    [Fact]
    public void V23_an_unknown_key_that_resembles_none_is_refused_without_a_guess() =>
        Assert.EndsWith("No known key resembles it: remove it.", Refuse("zookeeper.quorum=a", "zookeeper.quorum").Message);

    [Theory]
    [InlineData("acks=2")]
    [InlineData("linger.ms=-1")]
    [InlineData("linger.ms=soon")]
    [InlineData("linger.ms=NaN")]
    [InlineData("batch.size=0")]
    [InlineData("batch.size=1.5")]
    [InlineData("enable.idempotence=perhaps")]
    [InlineData("retries=2147483648")]
    [InlineData("queue.buffering.max.kbytes=9223372036854775807")]
    [InlineData("partitioner=magic")]
    public void V24_a_value_that_is_none_is_refused(string setting) => Refuse(setting, setting.Split('=')[0]);

    [Fact]
    public void A_key_and_its_alias_with_different_values_are_refused()
    {
        Refuse("acks=all request.required.acks=1", "acks", "request.required.acks");
        Assert.Equal(Acks.All, Apply("acks=all", "request.required.acks=-1").Acks);
    }

    [Theory]
    [InlineData("ssl.ca.location=/x", "plaintext only")]
    public void What_this_client_does_not_have_is_refused_in_words(string setting, string words) => Assert.Contains(words, Refuse(setting).Message);

    [Theory]
    [InlineData("none", CompressionCodec.None)]
    [InlineData("gzip", CompressionCodec.Gzip)]
    [InlineData("snappy", CompressionCodec.Snappy)]
    [InlineData("lz4", CompressionCodec.Lz4)]
    [InlineData("zstd", CompressionCodec.Zstd)]
    public void Every_codec_of_Kafka_is_taken(string name, CompressionCodec codec) => Assert.Equal(codec, Apply($"compression.type={name}").Compression);

    [Theory]
    [InlineData("compression.type=gzip compression.level=10", "compression.level", "compression.type")]
    [InlineData("compression.type=gzip compression.level=5 compression.gzip.level=6", "compression.level", "compression.gzip.level")]
    public void A_level_that_the_codec_has_not_or_has_twice_is_refused(string settings, string first, string second) => Refuse(settings, first, second);

    [Theory]
    [InlineData("compression.type=gzip compression.level=5", 5)]
    [InlineData("compression.type=gzip compression.gzip.level=6 compression.zstd.level=3", 6)]
    [InlineData("compression.type=gzip compression.level=6 compression.gzip.level=6", 6)]
    [InlineData("compression.type=gzip compression.gzip.level=-1 compression.lz4.level=9", null)]
    [InlineData("compression.level=22", 22)]
    public void A_codec_has_the_level_of_its_own_key_or_of_the_key_for_all(string settings, int? level) => Assert.Equal(level, Apply(settings.Split(' ')).CompressionLevel);

    [Fact]
    public void All_relations_that_are_refused_are_said_in_one_answer_with_the_keys_that_are()
    {
        var refused = Refuse("enable.idempotence=true acks=1 retries=0 delivery.timeout.ms=10 max.request.size=2000000 buffer.memory=1999999 lingr.ms=1",
            "acks", "retries", "enable.idempotence", "delivery.timeout.ms", "max.request.size", "buffer.memory", "lingr.ms");
        Assert.Contains("5 settings are refused", refused.Message);
    }

    /// <summary>What follows from a refusal is not said as another one.</summary>
    [Fact]
    public void A_transactional_id_and_a_time_that_is_refused_are_one_answer_each()
    {
        Assert.DoesNotContain("settings are refused", Refuse("transactional.id=t transaction.timeout.ms=500", "transaction.timeout.ms").Message);
        Assert.DoesNotContain("settings are refused", Refuse("transactional.id=t enable.idempotence=false", "enable.idempotence").Message);
    }

    [Fact]
    public void Security_that_is_not_there_is_refused_rather_than_left_out() =>
        Assert.Contains("plaintext only", Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = "b:1", ["security.protocol"] = "ssl" }).Build()).Message);

    [Fact]
    public void A_missing_bootstrap_list_is_refused() =>
        Assert.Contains("bootstrap.servers", Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string, string>(new ProducerConfig()).Build()).Message);

    [Fact]
    public void A_configuration_of_librdkafka_loads_under_its_own_names()
    {
        var options = Apply("metadata.broker.list=b:1", "queue.buffering.max.ms=0.5", "message.send.max.retries=7", "compression.codec=gzip", "message.max.bytes=2000000", "max.in.flight=3");
        Assert.Equal(TimeSpan.FromMilliseconds(0.5), options.Linger);
        Assert.Equal((7, CompressionCodec.Gzip, 2_000_000, 3), (options.Retries, options.Compression, options.MaxBatchBytes, options.MaxInFlight));
    }
}
