using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Our commands about groups and transactions: the same steps against every broker.</summary>
public abstract class CommandsTests
{
    private protected abstract GroupAndTransactionCommands Commands { get; }

    [PeersFact]
    public void A_transaction_that_was_left_behind_is_committed_by_its_id_producer_and_epoch() => Commands.ATransactionThatWasLeftBehindIsCommittedByItsIdProducerAndEpoch();

    [PeersFact]
    public void A_transaction_that_was_left_behind_is_aborted_by_id() => Commands.ATransactionThatWasLeftBehindIsAbortedById();

    [PeersTheory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public void Records_left_go_to_zero_where_the_lag_does_not(string protocol) => Commands.RecordsLeftGoToZeroWhereTheLagDoesNot(protocol);

    [PeersTheory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public void What_is_written_in_transactions_is_read_by_a_group_once(string protocol) => Commands.WhatIsWrittenInTransactionsIsReadByAGroupOnce(protocol);

    [PeersFact]
    public void Offsets_are_reset_shown_and_deleted_with_their_group() => Commands.OffsetsAreResetShownAndDeletedWithTheirGroup();

    [PeersFact]
    public void The_tables_of_transactions_have_the_columns_of_Kafkas_tool() => Commands.TheTablesOfTransactionsHaveTheColumnsOfKafkasTool();
}
