namespace Semel.Broker.Hosting;

/// <summary>A broker's configuration names what is not there or gives a value that cannot be. The message names the setting, the value and what would do.</summary>
public sealed class BrokerConfigException(string message) : Exception(message);
