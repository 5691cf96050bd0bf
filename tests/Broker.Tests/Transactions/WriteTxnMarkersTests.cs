using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Transactions;

/// <summary>Markers that tools ask for.</summary>
public class WriteTxnMarkersTests : PartitionDoor
{
    static readonly ProducerId Producer = new(7);

    async Task WriteAsync(int sequence, short epoch = 0, int partition = 0)
    {
        var batch = TestBatch.Build(Producer, epoch, sequence, CompressionCodec.None, transactional: true, "v");
        Assert.Equal(ErrorCode.None, (await Client.AskAsync(Requests.Produce(Topic, partition, batch, transactionalId: new("id")), 12)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    async Task<ErrorCode[]> MarkAsync(long producer = 7, short epoch = 0, bool commit = false, int coordinatorEpoch = 0, sbyte transactionVersion = 0, short version = 2, string topic = Topic, params int[] partitions)
    {
        var marker = new WriteTxnMarkersRequest.WritableTxnMarker
        {
            ProducerId = new(producer),
            ProducerEpoch = new(epoch),
            TransactionResult = commit,
            CoordinatorEpoch = coordinatorEpoch,
            TransactionVersion = transactionVersion,
            Topics = [new() { Name = topic, PartitionIndexes = [.. partitions.Length == 0 ? [0] : partitions] }],
        };
        var answer = Assert.Single((await Client.AskAsync(new WriteTxnMarkersRequest { Markers = [marker] }, version)).Markers);
        Assert.Equal(producer, answer.ProducerId.Value);
        return [.. Assert.Single(answer.Topics).Partitions.Select(row => row.ErrorCode)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task T25_a_transaction_that_nobody_owns_is_aborted_where_it_hangs(short version)
    {
        await WriteAsync(0);
        Assert.Equal([ErrorCode.None], await MarkAsync(version: version));
        var view = Partition().Sequencer.View!;
        Assert.Equal((2L, 1), (view.LastStableOffset, view.AbortedTransactions.Count));
        await WriteAsync(1);
    }

    [Fact]
    public async Task T34_the_abort_of_a_transaction_that_is_alive_is_its_coordinators_who_aborts_the_whole()
    {
        await WriteAsync(0);
        (ProducerId, ProducerEpoch)? aborted = null;
        Gate.Owner = (id, epoch) =>
        {
            aborted = (id, epoch);
            return ErrorCode.None;
        };
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition], await MarkAsync(partitions: [0, 1, 9]));
        Assert.Equal((Producer, new ProducerEpoch(0)), aborted);
        // Nothing was written by the request itself.
        Assert.Equal((0L, 1L), (Partition().Sequencer.View!.LastStableOffset, Partition().Sequencer.View!.HighWatermark));
        Gate.Owner = static (_, _) => ErrorCode.CoordinatorNotAvailable;
        Assert.Equal([ErrorCode.NotLeaderOrFollower], await MarkAsync());
    }

    [Fact]
    public async Task Each_partition_is_by_itself()
    {
        await WriteAsync(0);
        await WriteAsync(0, epoch: 3, partition: 1);
        Assert.Equal([ErrorCode.None, ErrorCode.InvalidProducerEpoch, ErrorCode.UnknownTopicOrPartition], await MarkAsync(commit: true, partitions: [0, 1, 4]));
        Assert.Equal([ErrorCode.UnknownTopicOrPartition], await MarkAsync(topic: "other"));
    }

    [Fact]
    public async Task What_is_malformed_is_an_unknown_error_as_on_Kafka()
    {
        Assert.Equal([ErrorCode.UnknownServerError], await MarkAsync(producer: -1));
        Assert.Equal([ErrorCode.UnknownServerError], await MarkAsync(epoch: -1));
        Assert.Equal([ErrorCode.UnknownServerError], await MarkAsync(transactionVersion: -1));
        Assert.Equal(0, Partition().Sequencer.View?.HighWatermark ?? 0);
    }

    [Fact]
    public async Task A_repeated_marker_is_there_once_and_one_of_a_replaced_coordinator_is_refused()
    {
        await WriteAsync(0);
        for (var time = 0; time < 2; time++) Assert.Equal([ErrorCode.None], await MarkAsync(epoch: 1, commit: true, coordinatorEpoch: 5, transactionVersion: 2));
        Assert.Equal(2, Partition().Sequencer.View!.HighWatermark);
        Assert.Equal([ErrorCode.TransactionCoordinatorFenced], await MarkAsync(epoch: 1, commit: true, coordinatorEpoch: 4));
    }
}
