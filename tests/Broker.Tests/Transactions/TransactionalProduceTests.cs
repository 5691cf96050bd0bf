using Semel.Broker.Tests.Support;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Transactions;

/// <summary>Transactional batches on their way into partitions: who asks the coordinator, when, and what the producer is told.</summary>
public class TransactionalProduceTests : PartitionDoor
{
    static readonly TransactionalId Id = new("id");
    static readonly ProducerId Producer = new(7);

    static byte[] Batch(int sequence, short epoch = 0, string value = "v") => TestBatch.Build(Producer, epoch, sequence, CompressionCodec.None, transactional: true, value);

    static ProduceRequest Request(int sequence, short epoch = 0, int partition = 0) => Requests.Produce(Topic, partition, Batch(sequence, epoch), transactionalId: Id);

    async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(int sequence, short version = 12, short epoch = 0, int partition = 0) =>
        (await Client.AskAsync(Request(sequence, epoch, partition), version)).Responses[0].PartitionResponses[0];

    Task<ErrorCode> EndAsync(short epoch = 0, bool commit = true, short version = 1, int partition = 0) =>
        Partition(partition).EndTransactionAsync(new(Producer, new(epoch), commit, 0, version));

    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    public async Task The_first_batch_asks_the_coordinator_and_the_others_do_not(short version, bool adds)
    {
        for (var sequence = 0; sequence < 3; sequence++) Assert.Equal((ErrorCode.None, (long)sequence), await OutcomeAsync(sequence, version));
        var asked = Assert.Single(Gate.Asked);
        Assert.Equal((Id, Producer, new ProducerEpoch(0), adds), (asked.Id, asked.ProducerId, asked.Epoch, asked.Add));
        Assert.True(asked.ConnectionOrdinal > 0);
        Assert.True(Topics.TryFind(Topic, out var topic));
        Assert.Equal([new Participant(ParticipantKind.Partition, Topic, topic.Description.TopicId, 0)], asked.Participants);
        Assert.Equal(ErrorCode.None, await EndAsync());
        Assert.Equal((ErrorCode.None, 4L), await OutcomeAsync(3, version));
        Assert.Equal(2, Gate.Asked.Count);
    }

    async Task<(ErrorCode, long)> OutcomeAsync(int sequence, short version = 12, short epoch = 0, int partition = 0)
    {
        var row = await ProduceAsync(sequence, version, epoch, partition);
        return (row.ErrorCode, row.BaseOffset);
    }

    [Fact]
    public async Task All_partitions_of_a_request_are_asked_for_at_once_and_each_gets_its_own_answer()
    {
        Gate.Code = participant => participant.Partition == 2 ? ErrorCode.TransactionAbortable : ErrorCode.None;
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0, partition: 3));
        var request = Requests.Produce([.. Enumerable.Range(0, 4).Select(partition => (Topic, partition, (byte[]?)Batch(partition == 3 ? 1 : 0)))], transactionalId: Id);
        var rows = (await Client.AskAsync(request, 12)).Responses[0].PartitionResponses;
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.TransactionAbortable, ErrorCode.None], rows.OrderBy(row => row.Index).Select(row => row.ErrorCode));
        Assert.Equal([[3], [0, 1, 2]], Gate.Asked.Select(asked => asked.Participants.Select(participant => participant.Partition)));
    }

    [Fact]
    public async Task Plain_batches_beside_transactional_ones_wait_for_nobody()
    {
        var answer = new TaskCompletionSource();
        Gate.Before = () => answer.Task;
        await Client.SendAsync(Requests.Produce([(Topic, 0, Batch(0)), (Topic, 1, TestBatch.Plain("plain"))], transactionalId: Id), ApiKey.Produce, 12);
        await BrokerTest.AwaitAsync(() => Partition(1).Sequencer.View?.HighWatermark == 1 && Gate.Asked.Count == 1);
        Assert.Equal(0, Partition().Sequencer.View!.HighWatermark);
        answer.SetResult();
        var (_, response) = await Client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 12);
        Assert.All(response.Responses[0].PartitionResponses, row => Assert.Equal(ErrorCode.None, row.ErrorCode));
    }

    [Fact]
    public async Task Requests_that_come_while_the_coordinator_is_asked_keep_their_order()
    {
        var answer = new TaskCompletionSource();
        Gate.Before = () => answer.Task;
        for (var sequence = 0; sequence < 5; sequence++) await Client.SendAsync(Request(sequence), ApiKey.Produce, 12);
        await BrokerTest.AwaitAsync(() => Gate.Asked.Count == 1);
        answer.SetResult();
        for (var sequence = 0; sequence < 5; sequence++)
        {
            var (_, response) = await Client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 12);
            Assert.Equal((ErrorCode.None, (long)sequence), (response.Responses[0].PartitionResponses[0].ErrorCode, response.Responses[0].PartitionResponses[0].BaseOffset));
        }
        Assert.Single(Gate.Asked);
    }

    [Fact]
    public async Task Batches_behind_the_first_do_not_wait_until_it_is_durable()
    {
        // The log stands still with the first batch: the second and the third are in the mailbox behind it.
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0));
        Assert.Equal(ErrorCode.None, await EndAsync());
        using var standing = new ManualResetEventSlim();
        Store.AppendFault = name =>
        {
            if (name.Contains(Topic, StringComparison.Ordinal)) standing.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        for (var sequence = 1; sequence <= 3; sequence++) await Client.SendAsync(Request(sequence), ApiKey.Produce, 12);
        await BrokerTest.AwaitAsync(() => Gate.Asked.Count == 2);
        Assert.True(Partition().Admitted.GuardOf(Producer, new(1)) == 0);
        await BrokerTest.AwaitAsync(() => Partition().Admitted.GuardOf(Producer, new(0)) > 0);
        standing.Set();
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            var (_, response) = await Client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 12);
            Assert.Equal((ErrorCode.None, sequence + 1L), (response.Responses[0].PartitionResponses[0].ErrorCode, response.Responses[0].PartitionResponses[0].BaseOffset));
        }
        // A marker ends it, whoever it was for.
        Assert.Equal(ErrorCode.None, await EndAsync());
        Assert.Equal(0, Partition().Admitted.GuardOf(Producer, new(0)));
        Assert.Equal((ErrorCode.None, 6L), await OutcomeAsync(4));
        Assert.Equal(3, Gate.Asked.Count);
    }

    // The coordinator's code, then what Produce 10, 11 and 12 say.
    [Theory]
    [InlineData(ErrorCode.ProducerFenced, ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ErrorCode.TransactionAbortable, ErrorCode.InvalidTxnState, ErrorCode.TransactionAbortable, ErrorCode.TransactionAbortable)]
    [InlineData(ErrorCode.ConcurrentTransactions, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas, null)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.CoordinatorNotAvailable, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.NotCoordinator, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.InvalidProducerIdMapping, ErrorCode.InvalidProducerIdMapping, ErrorCode.InvalidProducerIdMapping, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(ErrorCode.InvalidTxnState, ErrorCode.InvalidTxnState, ErrorCode.InvalidTxnState, ErrorCode.InvalidTxnState)]
    [InlineData(ErrorCode.TransactionalIdAuthorizationFailed, ErrorCode.TransactionalIdAuthorizationFailed, ErrorCode.TransactionalIdAuthorizationFailed, ErrorCode.TransactionalIdAuthorizationFailed)]
    public async Task What_the_coordinator_says_is_told_in_the_words_of_the_version(ErrorCode coordinator, ErrorCode ten, ErrorCode eleven, ErrorCode? twelve)
    {
        Gate.Code = _ => coordinator;
        foreach (var (version, expected) in new[] { ((short)10, (ErrorCode?)ten), ((short)11, eleven), ((short)12, twelve) })
            if (expected is not null) Assert.Equal((expected.Value, -1L), await OutcomeAsync(0, version));
        Assert.Equal(0, Partition().Sequencer.View!.HighWatermark);
    }

    [Fact]
    public async Task The_end_of_the_transaction_before_is_waited_for_up_to_a_tenth_of_a_second_when_partitions_are_added()
    {
        var left = 2;
        Gate.Code = _ => Interlocked.Decrement(ref left) >= 0 ? ErrorCode.ConcurrentTransactions : ErrorCode.None;
        var answer = ProduceAsync(0);
        for (var times = 0; times < 2; times++)
        {
            await Time.WaitForTimerAsync(TimeSpan.FromMilliseconds(20));
            Time.Advance(TimeSpan.FromMilliseconds(20));
        }
        Assert.Equal(ErrorCode.None, (await answer).ErrorCode);
        Assert.Equal(3, Gate.Asked.Count);

        left = int.MaxValue;
        var refused = ProduceAsync(0, partition: 1);
        for (var times = 0; times < 5; times++)
        {
            await Time.WaitForTimerAsync(TimeSpan.FromMilliseconds(20));
            Time.Advance(TimeSpan.FromMilliseconds(20));
        }
        Assert.Equal(ErrorCode.ConcurrentTransactions, (await refused).ErrorCode);
        Assert.Equal(9, Gate.Asked.Count);
    }

    [Fact]
    public async Task T4_T5_a_marker_that_comes_while_the_coordinator_is_asked_refuses_the_batch()
    {
        var answer = new TaskCompletionSource();
        Gate.Before = () => answer.Task;
        var late = ProduceAsync(0, version: 11);
        await BrokerTest.AwaitAsync(() => Gate.Asked.Count == 1);
        Assert.Equal(ErrorCode.None, await EndAsync(commit: false));
        answer.SetResult();
        Assert.Equal(ErrorCode.InvalidTxnState, (await late).ErrorCode);
        // With a higher epoch in the marker, as a timeout writes it, the producer hears that it is old: that it can recover from.
        answer = new();
        late = ProduceAsync(0, version: 11);
        await BrokerTest.AwaitAsync(() => Gate.Asked.Count == 2);
        Assert.Equal(ErrorCode.None, await EndAsync(epoch: 1, commit: false));
        answer.SetResult();
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await late).ErrorCode);
        Assert.Equal((2L, 2L), (Partition().Sequencer.View!.LastStableOffset, Partition().Sequencer.View!.HighWatermark));
    }

    [Fact]
    public async Task R5_a_late_retry_of_a_batch_of_an_ended_transaction_is_acknowledged_and_nobody_is_asked()
    {
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0));
        Assert.Equal(ErrorCode.None, await EndAsync());
        foreach (short version in (short[])[10, 11, 12]) Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0, version));
        Assert.Single(Gate.Asked);
        Assert.Equal((ErrorCode.None, 2L), await OutcomeAsync(1));
    }

    [Fact]
    public async Task A_transactional_batch_without_a_transactional_id_refuses_the_whole_request()
    {
        var request = Requests.Produce([(Topic, 0, Batch(0)), (Topic, 1, TestBatch.Plain("x"))]);
        Assert.All((await Client.AskAsync(request, 12)).Responses[0].PartitionResponses, row => Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, row.ErrorCode));
        request.TransactionalId = new("");
        Assert.All((await Client.AskAsync(request, 12)).Responses[0].PartitionResponses, row => Assert.Equal(ErrorCode.InvalidRequest, row.ErrorCode));
        Assert.Empty(Gate.Asked);
    }

    [Fact]
    public async Task A_plain_batch_under_a_transactional_id_is_plain_and_may_not_enter_an_open_transaction()
    {
        var plain = Requests.Produce(Topic, 0, TestBatch.Of(Producer, 0, 0, "x"), transactionalId: Id);
        Assert.Equal(ErrorCode.None, (await Client.AskAsync(plain, 12)).Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Empty(Gate.Asked);
        Assert.Equal((ErrorCode.None, 1L), await OutcomeAsync(1));
        plain = Requests.Produce(Topic, 0, TestBatch.Of(Producer, 0, 2, "x"), transactionalId: Id);
        Assert.Equal(ErrorCode.InvalidTxnState, (await Client.AskAsync(plain, 12)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task Without_acknowledgements_a_batch_is_written_and_a_refused_one_closes_the_connection()
    {
        var request = Requests.Produce(Topic, 0, Batch(0), Acks.None, Id);
        await Client.SendAsync(request, ApiKey.Produce, 12);
        await BrokerTest.AwaitAsync(() => Partition().Sequencer.View?.HighWatermark == 1);
        Gate.Code = _ => ErrorCode.ProducerFenced;
        await Client.SendAsync(Requests.Produce(Topic, 1, Batch(0), Acks.None, Id), ApiKey.Produce, 12);
        Assert.True(await Client.IsClosedAsync());
    }

    [Fact]
    public async Task A_coordinator_that_fails_is_told_as_one_that_cannot_be_asked_now()
    {
        Gate.Before = () => throw new InvalidOperationException("broken");
        Assert.Equal(ErrorCode.NotEnoughReplicas, (await ProduceAsync(0)).ErrorCode);
        Gate.Before = () => Task.CompletedTask;
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0));
    }

    [Fact]
    public async Task A_log_that_failed_while_the_coordinator_was_asked_takes_the_batch_when_it_comes_again()
    {
        var answer = new TaskCompletionSource();
        Gate.Before = () => answer.Task;
        var first = ProduceAsync(0);
        await BrokerTest.AwaitAsync(() => Gate.Asked.Count == 1);
        Store.AppendFault = name => name.Contains(Topic, StringComparison.Ordinal) ? new IOException("full") : null;
        var other = await ConnectAsync();
        Assert.Equal(ErrorCode.KafkaStorageError, (await other.ProduceAsync(Topic, 0, TestBatch.Plain("x"))).ErrorCode);
        Store.AppendFault = null;
        Time.Advance(TimeSpan.FromMinutes(1));
        await BrokerTest.AwaitAsync(() => Partition().Sequencer.View is not null);
        answer.SetResult();
        Assert.Equal(ErrorCode.KafkaStorageError, (await first).ErrorCode);
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0));
    }

    [Fact]
    public async Task The_owner_of_a_transaction_that_hangs_is_asked_and_when_there_is_none_it_is_aborted_here()
    {
        Assert.Equal((ErrorCode.None, 0L), await OutcomeAsync(0));
        Gate.Owner = static (_, _) => ErrorCode.CoordinatorLoadInProgress;
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(0, Partition().Sequencer.View!.LastStableOffset);
        Gate.Owner = static (_, _) => ErrorCode.InvalidProducerIdMapping;
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.Equal((2L, 1), (Partition().Sequencer.View!.LastStableOffset, Partition().Sequencer.View!.AbortedTransactions.Count));
    }

    async Task PassAsync(TimeSpan time)
    {
        var before = LookedAt;
        Time.Advance(time);
        await BrokerTest.AwaitAsync(() => LookedAt > before);
    }
}
