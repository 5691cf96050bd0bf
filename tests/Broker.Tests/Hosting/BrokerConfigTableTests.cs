using Semel.Broker.Hosting;
using Semel.Machines.Groups;
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

    /// <summary>Pairs that contradict each other, one of them by its default.</summary>
    [Theory]
    [InlineData("add.partitions.to.txn.retry.backoff.ms", "200", "add.partitions.to.txn.retry.backoff.max.ms (100) must not be less than add.partitions.to.txn.retry.backoff.ms (200)")]
    [InlineData("group.min.session.timeout.ms", "2000000", "group.max.session.timeout.ms (1800000)")]
    [InlineData("group.consumer.session.timeout.ms", "6000", "must not be less than group.consumer.min.session.timeout.ms (45000)")]
    [InlineData("group.consumer.session.timeout.ms", "70000", "group.consumer.max.session.timeout.ms (60000) must not be less than group.consumer.session.timeout.ms (70000)")]
    [InlineData("group.consumer.min.session.timeout.ms", "70000", "group.consumer.max.session.timeout.ms (60000) must not be less than group.consumer.min.session.timeout.ms (70000)")]
    [InlineData("group.consumer.heartbeat.interval.ms", "1000", "group.consumer.min.heartbeat.interval.ms (5000)")]
    [InlineData("group.consumer.assignment.interval.ms", "20000", "group.consumer.max.assignment.interval.ms (15000)")]
    [InlineData("group.consumer.assignors", "uniform,org.example.Own", "uniform, range, or both")]
    [InlineData("group.consumer.assignors", "range,range", "uniform, range, or both")]
    [InlineData("group.consumer.assignors", "", "uniform, range, or both")]
    [InlineData("group.consumer.migration.policy", "both", "bidirectional, upgrade, downgrade or disabled")]
    [InlineData("group.consumer.migration.policy", "3", "bidirectional, upgrade, downgrade or disabled")]
    [InlineData("transaction.state.log.num.partitions", "0", "a whole number from 1")]
    [InlineData("transaction.max.timeout.ms", "0", "a whole number from 1")]
    [InlineData("offsets.topic.segment.bytes", "1000", "a whole number from 1048576")]
    public void Settings_of_coordinators_that_cannot_be_are_refused(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<BrokerConfigException>(() => Read((name, value))).Message);

    [Fact]
    public void A_heartbeat_is_sent_more_than_once_in_a_session() =>
        Assert.Contains("group.consumer.heartbeat.interval.ms (50000) must be less than group.consumer.session.timeout.ms (45000)", Assert.Throws<BrokerConfigException>(() =>
            Read(("group.consumer.max.heartbeat.interval.ms", "50000"), ("group.consumer.heartbeat.interval.ms", "50000"))).Message);

    [Fact]
    public void Settings_of_coordinators_become_what_their_machines_are_told()
    {
        var options = Read(("transaction.state.log.num.partitions", "9"), ("transaction.max.timeout.ms", "60000"), ("transactional.id.expiration.ms", "5000"), ("offsets.topic.segment.bytes", "2097152"),
            ("offsets.retention.minutes", "3"), ("group.min.session.timeout.ms", "100"), ("group.initial.rebalance.delay.ms", "0"), ("group.consumer.min.session.timeout.ms", "500"),
            ("group.consumer.session.timeout.ms", "6000"), ("group.consumer.assignors", " range "), ("group.consumer.migration.policy", "Upgrade"));
        Assert.Equal((9, 4_194_304, 4, 2_097_152), (options.TransactionTopic.PartitionCount, options.TransactionTopic.SegmentBytes, options.GroupTopic.PartitionCount, options.GroupTopic.SegmentBytes));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5)), (options.Transactions.LongestTimeout, options.Transactions.IdExpiration));
        Assert.Equal((TimeSpan.FromMinutes(3), TimeSpan.FromMilliseconds(100), TimeSpan.Zero), (options.Groups.OffsetsRetention, options.Groups.MinSessionTimeout, options.Groups.InitialRebalanceDelay));
        Assert.Equal((TimeSpan.FromSeconds(6), MigrationPolicy.Upgrade), (options.Groups.ConsumerSessionTimeout, options.Groups.ConsumerMigrationPolicy));
        Assert.Equal(["range"], options.Groups.ConsumerAssignors);
    }

    /// <summary>By Kafka's names and with Kafka's defaults, but for how many partitions state topics have and how large their segments are.</summary>
    [Theory]
    [InlineData("transaction.state.log.num.partitions", "4")]
    [InlineData("transaction.state.log.segment.bytes", "4194304")]
    [InlineData("transaction.max.timeout.ms", "900000")]
    [InlineData("transactional.id.expiration.ms", "604800000")]
    [InlineData("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000")]
    [InlineData("transaction.remove.expired.transaction.cleanup.interval.ms", "3600000")]
    [InlineData("add.partitions.to.txn.retry.backoff.ms", "20")]
    [InlineData("add.partitions.to.txn.retry.backoff.max.ms", "100")]
    [InlineData("offsets.topic.num.partitions", "4")]
    [InlineData("offsets.topic.segment.bytes", "4194304")]
    [InlineData("offsets.commit.timeout.ms", "5000")]
    [InlineData("offsets.retention.minutes", "10080")]
    [InlineData("offsets.retention.check.interval.ms", "600000")]
    [InlineData("offset.metadata.max.bytes", "4096")]
    [InlineData("group.min.session.timeout.ms", "6000")]
    [InlineData("group.max.session.timeout.ms", "1800000")]
    [InlineData("group.initial.rebalance.delay.ms", "3000")]
    [InlineData("group.max.size", "2147483647")]
    [InlineData("group.consumer.session.timeout.ms", "45000")]
    [InlineData("group.consumer.min.session.timeout.ms", "45000")]
    [InlineData("group.consumer.max.session.timeout.ms", "60000")]
    [InlineData("group.consumer.heartbeat.interval.ms", "5000")]
    [InlineData("group.consumer.min.heartbeat.interval.ms", "5000")]
    [InlineData("group.consumer.max.heartbeat.interval.ms", "15000")]
    [InlineData("group.consumer.assignment.interval.ms", "1000")]
    [InlineData("group.consumer.min.assignment.interval.ms", "0")]
    [InlineData("group.consumer.max.assignment.interval.ms", "15000")]
    [InlineData("group.consumer.max.size", "2147483647")]
    [InlineData("group.consumer.assignors", "uniform,range")]
    [InlineData("group.consumer.migration.policy", "bidirectional")]
    [InlineData("group.consumer.regex.refresh.interval.ms", "600000")]
    public void Defaults_of_coordinators_are_Kafkas(string name, string value) => Assert.Equal(value, BrokerConfigTable.Find(name)!.Default);

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
        foreach (var name in (string[])["process.roles", "controller.quorum.voters", "offsets.topic.replication.factor", "transaction.state.log.min.isr", "group.share.max.size", "log.cleaner.threads"]) Assert.NotNull(ForeignBrokerConfig.ReasonOf(name));
    }

    [Fact]
    public void A_later_setting_wins() => Assert.Equal(3, Read(("num.partitions", "2"), ("num.partitions", "3")).DefaultPartitionCount);

    [Fact]
    public void Names_are_sorted_and_stand_once() =>
        Assert.Equal(BrokerConfigTable.All.Select(entry => entry.Name).Distinct().Order(StringComparer.Ordinal), BrokerConfigTable.All.Select(entry => entry.Name));
}
