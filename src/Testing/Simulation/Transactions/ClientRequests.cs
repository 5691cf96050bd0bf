using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Brings what the client's machine asks for to the broker, once: records over one connection and what coordinators are asked over another, as the client's
/// own shell does. Nothing is repeated here: that is for the machine to decide.
/// </summary>
internal sealed class ClientRequests(ClientLink records, ClientLink coordinator, TransactionDoor door, TransactionalId id)
{
    const short FirstProduce = 11, SecondProduce = 12;

    readonly TransactionWorld _world = records.World;
    readonly CheckedEnds _ends = new(records.World, door, id);

    /// <returns>What the machine is to be told.</returns>
    public async Task<ProducerInput> SendAsync(SendProduce send)
    {
        var version = send.Versions.Lowest >= SecondProduce ? SecondProduce : FirstProduce;
        var batches = send.Batches.Select(stamped => (stamped.TopicId, stamped.Batch.Partition.Partition, Bytes: SimulatedBytes.Of(_world,
            ((ClientBatch)stamped.Batch).Records, stamped.Identity.Id, stamped.Identity.Epoch, stamped.BaseSequence))).ToArray();
        var answer = await records.AskAsync("Produce", async source =>
        {
            var shared = new SharedSource(source, batches.Length);
            return await Task.WhenAll(batches.Select(batch => door.ProduceAsync(shared, version, id, batch.TopicId, batch.Partition, [.. batch.Bytes])));
        });
        if (answer.IsLost) return new RequestLost(send.RequestId, WasWritten: true, "lost");
        return new ProduceAnswered(send.RequestId, [.. answer.Value.Select(static code =>
            code == ErrorCode.None ? PartitionAnswer.Appended(-1) : PartitionAnswer.Refused(code))], TimeSpan.Zero);
    }

    /// <summary>The next request is taken when every batch of this one is on its way into its log.</summary>
    sealed class SharedSource(IRequestSource source, int batches) : IRequestSource
    {
        int _left = batches;

        public long Ordinal => source.Ordinal;
        public void Close() => source.Close();

        public void Dispatched()
        {
            if (--_left == 0) source.Dispatched();
        }
    }

    /// <param name="transaction">Which is open, if any.</param>
    public async Task<CoordinatorAnswered> AskAsync(AskCoordinator ask, SimulatedTransaction? transaction)
    {
        var answer = await coordinator.AskAsync(NameOf(ask.Request), source => HandleAsync(source, ask.Request, transaction));
        return new CoordinatorAnswered(ask.RequestId, answer.IsLost ? CoordinatorAnswer.Unanswered(wasWritten: true, "lost") : Read(ask.Request, answer.Value));
    }

    static string NameOf(CoordinatorRequest request) => request is EndTransactionRequest { IsCommit: var commit }
        ? commit ? "EndTxn(commit)" : "EndTxn(abort)" : $"{request.Kind}";

    Task<TransactionReply> HandleAsync(IRequestSource source, CoordinatorRequest request, SimulatedTransaction? transaction)
    {
        var (producerId, epoch) = (request.Identity.Id, request.Identity.Epoch);
        var isSecond = VersionLimits.Raises(request.TransactionVersion);
        return request switch
        {
            InitProducerRequest => door.InitProducerIdAsync(source, id, producerId, epoch),
            AddPartitionsRequest add => door.AddPartitionsAsync(source, id, producerId, epoch,
                [.. add.Partitions.Select(one => (_world.Topics[one.Topic].TopicId, one.Partition))]),
            EndTransactionRequest end when transaction is not null => _ends.EndAsync(source, transaction, producerId, epoch, end.IsCommit, isSecond),
            EndTransactionRequest end => door.EndTransactionAsync(source, id, producerId, epoch, end.IsCommit, isSecond),
            _ => throw new SimulationFailedException($"the client asks for {request.Kind}, which its application never wanted"),
        };
    }

    static CoordinatorAnswer Read(CoordinatorRequest request, TransactionReply reply) => request switch
    {
        AddPartitionsRequest add => CoordinatorAnswer.Of(ErrorCode.None) with
        {
            Partitions = [.. add.Partitions.Select((one, at) => new PartitionCode(one, reply.Error != ErrorCode.None ? reply.Error
                : reply.Participants?[at] ?? ErrorCode.None))],
        },
        InitProducerRequest when reply.Error == ErrorCode.None => CoordinatorAnswer.Grant(new(reply.ProducerId, reply.Epoch)),
        EndTransactionRequest when reply.Error == ErrorCode.None && VersionLimits.Raises(request.TransactionVersion) =>
            CoordinatorAnswer.Grant(new(reply.ProducerId, reply.Epoch)),
        _ => CoordinatorAnswer.Of(reply.Error, reply.Message),
    };

    /// <summary>What a broker says of a topic, again and again until one answers.</summary>
    public async Task<TopicSeen> LookUpAsync(string topic)
    {
        while (true)
        {
            var answer = await coordinator.AskAsync("Metadata", _ => Task.FromResult(Seen(topic)));
            if (!answer.IsLost) return answer.Value;
            await coordinator.PauseAsync();
        }
    }

    public TopicSeen Seen(string name)
    {
        var topic = _world.Topics[name];
        return new(name, topic.TopicId, ErrorCode.None, [.. Enumerable.Range(0, topic.PartitionCount).Select(static number =>
            new PartitionLeader(number, new NodeId(1), 0))]);
    }
}
