namespace Semel.Broker.Hosting;

/// <summary>The system gives the process too little of something to run a broker. The message names what, how much, and how to get more.</summary>
public sealed class BrokerResourcesException(string message) : Exception(message);
