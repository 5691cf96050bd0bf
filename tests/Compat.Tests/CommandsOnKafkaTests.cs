using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Our commands about groups and transactions on a real Apache Kafka, one for all tests, which does not verify transactions: so that one can hang.</summary>
public sealed class CommandsOnKafkaTests(CommandsOnKafkaTests.Cluster cluster) : IClassFixture<CommandsOnKafkaTests.Cluster>
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

    GroupAndTransactionCommands Commands => new(cluster.Bootstrap);

    [PeersFact]
    public void A_transaction_that_was_left_behind_is_committed_by_its_id_producer_and_epoch() => Commands.ATransactionThatWasLeftBehindIsCommittedByItsIdProducerAndEpoch();

    [PeersFact]
    public void A_transaction_that_was_left_behind_is_aborted_by_id() => Commands.ATransactionThatWasLeftBehindIsAbortedById();

    [PeersFact]
    public void A_hanging_transaction_is_found_and_aborted_by_its_first_offset() => Commands.AHangingTransactionIsFoundAndAbortedByItsFirstOffset();

    [PeersTheory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public void Records_left_go_to_zero_where_the_lag_does_not(string protocol) => Commands.RecordsLeftGoToZeroWhereTheLagDoesNot(protocol);

    [PeersFact]
    public void Offsets_are_reset_shown_and_deleted_with_their_group() => Commands.OffsetsAreResetShownAndDeletedWithTheirGroup();

    [PeersFact]
    public void The_tables_of_transactions_have_the_columns_of_Kafkas_tool() => Commands.TheTablesOfTransactionsHaveTheColumnsOfKafkasTool();
}
