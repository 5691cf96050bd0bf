using Semel.Broker.Hosting;
using Semel.Protocol;

namespace Semel.Broker.Tests.Hosting;

public class BrokerConfigTableTests
{
    static BrokerOptions Read(params (string Name, string Value)[] settings) => BrokerConfigTable.Read(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));

    [Fact]
    public void Names_and_values_become_options()
    {
        var options = Read(("listeners", "PLAINTEXT://0.0.0.0:9999"), ("advertised.listeners", "PLAINTEXT://broker.example:29092"), ("node.id", "7"), ("log.dirs", "data"), ("flush", "os"),
            ("auto.create.topics.enable", "false"), ("message.max.bytes", "5000"), ("connections.max.idle.ms", "60000"), ("producer.id.expiration.ms", "90000"));
        Assert.Equal(("0.0.0.0", 9999, "broker.example", 29092), (options.Host, options.Port, options.AdvertisedHost, options.AdvertisedPort));
        Assert.Equal((new NodeId(7), "data", FlushPolicy.Os, false), (options.NodeId, options.DataDirectory, options.Flush, options.AutoCreateTopics));
        Assert.Equal(("5000", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(90)), (options.TopicDefaults["max.message.bytes"], options.ConnectionsMaxIdle, options.ProducerIdExpiration));
    }

    [Fact]
    public void Every_default_is_read_back_as_itself()
    {
        var defaults = new BrokerOptions();
        foreach (var entry in BrokerConfigTable.All)
        {
            Assert.NotEmpty(entry.Documentation);
            if (entry.Default is not { } text) continue;
            Assert.Equal(text, entry.Value(entry.Apply(defaults, text)));
        }
    }

    [Theory]
    [InlineData("socket.request.max.byte", "1", "Did you mean socket.request.max.bytes?")]
    [InlineData("node-id", "1", "Did you mean node.id?")]
    [InlineData("zookeeper.connect", "x", "no setting 'zookeeper.connect'")]
    [InlineData("num.partitions", "0", "a whole number from 1 to 10000")]
    [InlineData("num.partitions", "many", "a whole number from 1 to 10000")]
    [InlineData("listeners", "SSL://host:9093", "plain text only")]
    [InlineData("listeners", "PLAINTEXT://host", "host:port")]
    [InlineData("listeners", "PLAINTEXT://host:70000", "65535")]
    [InlineData("flush", "sometimes", "disk or os")]
    [InlineData("flush", "1", "disk or os")]
    [InlineData("flush", "+7", "disk or os")]
    [InlineData("flush", "disk,os", "disk or os")]
    [InlineData("auto.create.topics.enable", "yes", "true or false")]
    [InlineData("cluster.id", "a b", "letters")]
    [InlineData("log.dirs", "/a,/b", "one folder")]
    [InlineData("log.message.timestamp.type", "Wall", "CreateTime")]
    [InlineData("queued.max.request.bytes", "1048576", "socket.request.max.bytes")]
    public void What_cannot_be_is_refused_with_the_reason_and_what_would_do(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<BrokerConfigException>(() => Read((name, value))).Message);

    /// <summary>Kafka's own server.properties has the controllers' listener beside that of the clients.</summary>
    [Theory]
    [InlineData("PLAINTEXT://:9092,CONTROLLER://:9093")]
    [InlineData("CONTROLLER://localhost:9093, PLAINTEXT://0.0.0.0:9092")]
    public void The_listener_of_controllers_is_passed_over(string value) => Assert.Equal(("0.0.0.0", 9092), Read(("listeners", value)) is var options ? (options.Host, options.Port) : default);

    [Theory]
    [InlineData("PLAINTEXT://:9092,PLAINTEXT://:9094")]
    [InlineData("CONTROLLER://:9093")]
    public void One_listener_of_clients_there_must_be(string value) => Assert.Contains("one PLAINTEXT://host:port", Assert.Throws<BrokerConfigException>(() => Read(("listeners", value))).Message);

    [Fact]
    public void No_setting_is_one_of_ours_and_foreign_as_well_and_what_would_be_missed_is_neither()
    {
        Assert.All(BrokerConfigTable.All, entry => Assert.Null(ForeignBrokerConfig.ReasonOf(entry.Name)));
        foreach (var name in (string[])["ssl.keystore.location", "sasl.enabled.mechanisms", "authorizer.class.name", "zookeeper.connect", "remote.log.storage.system.enable", "num.io.thread"]) Assert.Null(ForeignBrokerConfig.ReasonOf(name));
        foreach (var name in (string[])["process.roles", "controller.quorum.voters", "offsets.topic.num.partitions", "log.cleaner.threads"]) Assert.NotNull(ForeignBrokerConfig.ReasonOf(name));
    }

    [Fact]
    public void A_later_setting_wins() => Assert.Equal(3, Read(("num.partitions", "2"), ("num.partitions", "3")).DefaultPartitionCount);

    [Fact]
    public void Names_are_sorted_and_stand_once() =>
        Assert.Equal(BrokerConfigTable.All.Select(entry => entry.Name).Distinct().Order(StringComparer.Ordinal), BrokerConfigTable.All.Select(entry => entry.Name));
}
