using Semel.Client.Administration;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Administration;

public sealed class TransactionAdministrationTests : IAsyncDisposable
{
    readonly ScriptedAdmin _scripted = new();

    public ValueTask DisposeAsync() => _scripted.DisposeAsync();

    TransactionAdministration Transactions => _scripted.Admin.Transactions;

    static DescribeTransactionsResponse Described(ErrorCode error, string state = "Ongoing") => new()
    {
        TransactionStates = [new() { ErrorCode = error, TransactionalId = new("x"), TransactionState = state, ProducerId = new(7), ProducerEpoch = new(2), TransactionTimeoutMs = 60_000, TransactionStartTimeMs = 5, Topics = [new() { Topic = "b", Partitions = [1, 0] }, new() { Topic = "a", Partitions = [3] }] }],
    };

    /// <summary>The last error passes, and the coordinator is looked for anew each time.</summary>
    [Theory]
    [InlineData(ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress)]
    public async Task A_coordinator_that_is_moving_is_asked_again(ErrorCode error)
    {
        var asked = 0;
        _scripted.Broker.On<DescribeTransactionsRequest, DescribeTransactionsResponse>((_, _) => Described(++asked < 3 ? error : ErrorCode.None));
        var told = await Transactions.DescribeAsync("x", CancellationToken.None);
        Assert.Equal(("Ongoing", new ProducerId(7), new ProducerEpoch(2), 5L, new NodeId(1)), (told.State, told.ProducerId, told.ProducerEpoch, told.Start!.Value, told.Coordinator));
        Assert.Equal([new("a", 3), new("b", 0), new("b", 1)], told.Partitions);
        Assert.Equal(3, _scripted.Broker.Received.Count(received => received.Request is FindCoordinatorRequest { KeyType: 1 } request && request.CoordinatorKeys.SequenceEqual(["x"])));
    }

    [Fact]
    public async Task While_the_cluster_has_no_coordinator_it_is_asked_again_who_it_is()
    {
        var asked = 0;
        _scripted.Broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, _) => new FindCoordinatorResponse
        {
            Coordinators = [new() { Key = request.CoordinatorKeys[0], NodeId = ++asked < 3 ? NodeId.None : new NodeId(1), ErrorCode = asked < 3 ? ErrorCode.CoordinatorNotAvailable : ErrorCode.None }],
        });
        _scripted.Broker.On<DescribeTransactionsRequest, DescribeTransactionsResponse>((_, _) => Described(ErrorCode.None));
        await Transactions.DescribeAsync("x", CancellationToken.None);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task An_id_that_nobody_knows_is_named()
    {
        _scripted.Broker.On<DescribeTransactionsRequest, DescribeTransactionsResponse>((_, _) => Described(ErrorCode.TransactionalIdNotFound));
        var failure = await Assert.ThrowsAsync<KafkaException>(() => Transactions.DescribeAsync("x", CancellationToken.None));
        Assert.Equal((ErrorCode.TransactionalIdNotFound, "no coordinator knows the transactional id 'x'"), (failure.Error.Code, failure.Message));
    }

    [Fact]
    public async Task A_commit_has_exactly_the_producer_and_the_epoch_that_were_given()
    {
        _scripted.Broker.On<EndTxnRequest, EndTxnResponse>((request, _) =>
        {
            Assert.Equal(("x", 7, 2, true), (request.TransactionalId.Value, (int)request.ProducerId.Value, (int)request.ProducerEpoch.Value, request.Committed));
            return new EndTxnResponse();
        });
        await Transactions.CommitAsync("x", new(7), new(2), CancellationToken.None);
        Assert.Single(_scripted.Broker.Received, received => received.Key == ApiKey.EndTxn);
    }

    [Fact]
    public async Task An_end_under_way_is_waited_for_and_a_refusal_is_final()
    {
        var asked = 0;
        _scripted.Broker.On<EndTxnRequest, EndTxnResponse>((_, _) => new EndTxnResponse { ErrorCode = ++asked < 3 ? ErrorCode.ConcurrentTransactions : ErrorCode.InvalidTxnState });
        var failure = await Assert.ThrowsAsync<KafkaException>(() => Transactions.CommitAsync("x", new(7), new(2), CancellationToken.None));
        Assert.Equal((ErrorCode.InvalidTxnState, 3), (failure.Error.Code, asked));
    }

    [Fact]
    public async Task An_abort_by_id_initialises_the_producer_and_one_in_a_partition_writes_a_marker()
    {
        _scripted.Broker.Topics["t"] = (new(Guid.NewGuid()), 1);
        _scripted.Broker.On<InitProducerIdRequest, InitProducerIdResponse>((request, _) =>
        {
            Assert.Equal(("x", -1), (request.TransactionalId!.Value.Value, (int)request.ProducerId.Value));
            return new InitProducerIdResponse { ProducerId = new(7), ProducerEpoch = new(3) };
        });
        await Transactions.AbortAsync("x", CancellationToken.None);
        _scripted.Broker.On<WriteTxnMarkersRequest, WriteTxnMarkersResponse>((request, _) =>
        {
            var marker = Assert.Single(request.Markers);
            Assert.Equal((7L, 2, false, 4), (marker.ProducerId.Value, marker.ProducerEpoch.Value, marker.TransactionResult, marker.CoordinatorEpoch));
            return new WriteTxnMarkersResponse { Markers = [new() { ProducerId = marker.ProducerId, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }] }] }] };
        });
        await Transactions.AbortAsync(new HangingTransaction(new("t", 0), new(7), new(2), 4), CancellationToken.None);
        Assert.Single(_scripted.Broker.Received, received => received.Key == ApiKey.WriteTxnMarkers);
    }

    [Fact]
    public async Task A_filter_that_the_broker_is_too_old_for_is_told_and_not_left_out()
    {
        _scripted.Offer(ApiKey.ListTransactions, 0);
        _scripted.Broker.On<ListTransactionsRequest, ListTransactionsResponse>((_, _) => new ListTransactionsResponse { TransactionStates = [new() { TransactionalId = new("x"), ProducerId = new(7), TransactionState = "Ongoing" }] });
        Assert.Equal(new ListedTransaction("x", new NodeId(1), new ProducerId(7), "Ongoing"), Assert.Single(await Transactions.ListAsync([], [], -1, null, CancellationToken.None)));
        foreach (var (longerThan, pattern) in new (long, string?)[] { (5, null), (-1, "x.*") })
            Assert.Equal(LocalErrorCode.NotOffered, (await Assert.ThrowsAsync<KafkaException>(() => Transactions.ListAsync([], [], longerThan, pattern, CancellationToken.None))).Error.LocalCode);
    }
}
