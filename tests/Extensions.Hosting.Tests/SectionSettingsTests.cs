using Microsoft.Extensions.Configuration;
using Semel.Client;
using Semel.Extensions.Hosting.Settings;

namespace Semel.Extensions.Hosting.Tests;

/// <summary>What a section of a configuration means.</summary>
public class SectionSettingsTests
{
    static IConfiguration Root(params (string Path, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static one => new KeyValuePair<string, string?>($"Semel:{one.Path}", one.Value))).Build().GetSection("Semel");

    static ProducerConfig Producer(string name, params (string Path, string Value)[] settings)
    {
        var config = new ProducerConfig();
        SectionSettings.Apply(Root(settings), ClientKind.Producer, name, config);
        return config;
    }

    [Theory]
    [InlineData("linger.ms", "linger.ms")]
    [InlineData("LingerMs", "linger.ms")]
    [InlineData("lingerms", "linger.ms")]
    [InlineData("queue.buffering.max.ms", "linger.ms")]
    [InlineData("MessageTimeoutMs", "delivery.timeout.ms")]
    [InlineData("QueueBufferingMaxKbytes", "queue.buffering.max.kbytes")]
    [InlineData("SocketSendBufferBytes", "send.buffer.bytes")]
    [InlineData("MaxInFlight", "max.in.flight.requests.per.connection")]
    [InlineData("EnableBackgroundPoll", "dotnet.producer.enable.background.poll")]
    [InlineData("linger:ms", "linger.ms")]
    [InlineData("lingr.ms", "lingr.ms")]
    public void A_key_is_written_as_Kafka_has_it_or_as_a_property(string written, string key) => Assert.Equal([new(key, "7")], Producer("", ($"Producer:{written}", "7")));

    [Theory]
    [InlineData("CompressionType", "Gzip", "gzip")]
    [InlineData("Partitioner", "Murmur2Random", "murmur2_random")]
    [InlineData("Acks", "All", "all")]
    [InlineData("EnableIdempotence", "True", "true")]
    public void Values_may_be_written_as_enumerations_have_them(string key, string value, string meant)
    {
        using var producer = new ProducerBuilder<string, string>(Producer("", ($"Producer:{key}", value), ("BootstrapServers", "b:1"))).Build();
        Assert.Equal(meant, producer.Info.EffectiveConfig[ClientConfig.KeyOf(key)]);
    }

    [Fact]
    public void Keys_of_all_clients_are_overridden_by_those_of_one()
    {
        (string, string)[] settings = [("BootstrapServers", "a:1"), ("LingerMs", "1"), ("Producers:orders:linger.ms", "2"), ("Producers:other:linger.ms", "3"), ("Producer:linger.ms", "4"), ("Consumers:orders:GroupId", "g")];
        Assert.Equal(("a:1", 2d), (Producer("orders", settings).BootstrapServers, Producer("orders", settings).LingerMs));
        Assert.Equal(4, Producer("", settings).LingerMs);
        Assert.Null(Producer("orders", settings)["group.id"]);
    }

    [Fact]
    public void A_list_is_one_value() => Assert.Equal("a:1,b:2", Producer("", ("BootstrapServers:0", "a:1"), ("BootstrapServers:1", "b:2")).BootstrapServers);

    [Fact]
    public void One_setting_with_two_values_is_refused_with_both_paths()
    {
        var refused = Assert.Throws<KafkaConfigException>(() => Producer("orders", ("Producers:orders:LingerMs", "1"), ("Producers:orders:linger.ms", "2")));
        Assert.Contains("Semel:Producers:orders:linger.ms", refused.Message);
        Assert.Contains("Semel:Producers:orders:LingerMs", refused.Message);
    }

    [Fact]
    public void A_refusal_names_the_path()
    {
        var config = Producer("orders", ("BootstrapServers", "a:1"), ("Producers:orders:LingerMs", "soon"), ("Producers:orders:lingr.ms", "1"));
        var refused = Assert.Throws<KafkaConfigException>(config.Validate);
        Assert.Contains("Semel:Producers:orders:LingerMs: linger.ms='soon' is refused", refused.Message);
        Assert.Contains("Semel:Producers:orders:lingr.ms: 'lingr.ms' is not a known configuration key. Did you mean 'linger.ms'?", refused.Message);
    }
}
