using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;

namespace Semel.Client.Tests.Configuration;

/// <summary>What only one of the two group protocols has is honoured, refused or told, never passed over.</summary>
public sealed class GroupProtocolRuleTests
{
    static ConsumerOptions Options(params (string Key, string Value)[] config) => ConsumerConfigRules.Apply(
        [new("bootstrap.servers", "b:1"), new("group.id", "g"), .. config.Select(static one => new KeyValuePair<string, string>(one.Key, one.Value))], TimeProvider.System, NullLogger.Instance);

    [Fact]
    public void Nothing_said_leaves_the_choice_to_what_the_coordinator_offers()
    {
        Assert.Equal(GroupProtocol.Auto, Options().Group!.Protocol);
        Assert.Equal(GroupProtocol.Auto, Options(("group.remote.assignor", "range"), ("session.timeout.ms", "10000")).Group!.Protocol);
    }

    [Fact]
    public void An_assignor_of_members_that_was_asked_for_is_had_by_the_protocol_that_has_it() =>
        Assert.Equal(GroupProtocol.Classic, Options(("partition.assignment.strategy", "cooperative-sticky")).Group!.Protocol);

    [Theory]
    [InlineData("consumer", "partition.assignment.strategy", "range")]
    [InlineData("classic", "group.remote.assignor", "range")]
    public void An_assignor_of_the_other_protocol_is_refused_with_the_remedies(string protocol, string key, string value)
    {
        var refused = Assert.Throws<KafkaConfigException>(() => Options(("group.protocol", protocol), (key, value)));
        Assert.Equal([key, "group.protocol"], refused.Keys);
        Assert.Contains("remove it", refused.Message);
    }

    [Fact]
    public void Both_assignors_are_refused() =>
        Assert.Equal(["partition.assignment.strategy", "group.remote.assignor"], Assert.Throws<KafkaConfigException>(() => Options(("partition.assignment.strategy", "range"), ("group.remote.assignor", "range"))).Keys);

    [Fact]
    public void Times_that_are_the_brokers_are_told_at_once_where_it_is_certain_and_else_when_the_group_is_joined()
    {
        Assert.Equal(["session.timeout.ms"], Options(("group.protocol", "consumer"), ("session.timeout.ms", "10000")).Effective!.Ignored);
        var auto = Options(("session.timeout.ms", "10000"));
        Assert.Empty(auto.Effective!.Ignored);
        Assert.Equal(["session.timeout.ms"], auto.Group!.OnlyClassicKeys);
        Assert.Empty(Options(("group.protocol", "classic"), ("session.timeout.ms", "10000")).Effective!.Ignored);
    }
}
