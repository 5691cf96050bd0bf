using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Our commands about groups and transactions on a real Apache Kafka, one for all tests, which does not verify transactions: so that one can hang.</summary>
public sealed class CommandsOnKafkaTests(CommandsOnKafkaTests.Cluster cluster) : CommandsTests, IClassFixture<CommandsOnKafkaTests.Cluster>
{
    public sealed class Cluster : IDisposable
    {
        readonly Lazy<ApacheKafka> _kafka = new(() => new ApacheKafka(1, "transaction.partition.verification.enable=false"));

        public string Bootstrap => _kafka.Value.Bootstrap;

        public void Dispose()
        {
            if (_kafka.IsValueCreated) _kafka.Value.Dispose();
        }
    }

    private protected override GroupAndTransactionCommands Commands => new(cluster.Bootstrap);

    [PeersFact]
    public void A_hanging_transaction_is_found_and_aborted_by_its_first_offset() => Commands.AHangingTransactionIsFoundAndAbortedByItsFirstOffset();
}
