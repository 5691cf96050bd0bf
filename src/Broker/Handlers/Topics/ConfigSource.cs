using Semel.Machines.Catalog;

namespace Semel.Broker.Handlers.Topics;

/// <summary>Where a configuration's value comes from, by the numbers of DescribeConfigs (KIP-226).</summary>
internal readonly record struct ConfigSource(sbyte Number)
{
    public static readonly ConfigSource Topic = new(1), Broker = new(4), Default = new(5);

    public static ConfigSource Of(TopicConfig config, string name) =>
        config.Overrides.ContainsKey(name) ? Topic : config.IsBrokerDefault(name) ? Broker : Default;

    public static explicit operator sbyte(ConfigSource source) => source.Number;
}
