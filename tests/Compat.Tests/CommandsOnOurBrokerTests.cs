namespace Semel.Compat.Tests;

/// <summary>Our commands about groups and transactions on our broker, with the same steps as on Apache Kafka. No transaction can hang here: every write is verified.</summary>
public sealed class CommandsOnOurBrokerTests(ServedBroker broker) : CommandsTests, IClassFixture<ServedBroker>
{
    private protected override GroupAndTransactionCommands Commands => new(broker.Bootstrap);
}
