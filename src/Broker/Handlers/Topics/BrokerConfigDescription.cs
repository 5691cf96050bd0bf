using Semel.Machines.Catalog;

namespace Semel.Broker.Handlers.Topics;

/// <summary>One of the broker's own settings as DescribeConfigs tells it.</summary>
internal readonly record struct BrokerConfigDescription(string Name, string? Value, string? Default, ConfigType Type, string Documentation);
