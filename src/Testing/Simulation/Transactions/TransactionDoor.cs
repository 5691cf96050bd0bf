using Semel.Broker.Handlers.Produce;
using Semel.Broker.Topics;
using Semel.Broker.Transactions;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>What the broker does with each request: which machine is asked what, in which order, as the broker's own handlers do, by the same rules.</summary>
internal sealed class TransactionDoor(TransactionWorld world, TransactionBroker broker) : ITransactionGate
{
    const short FirstOffsetsThatAdd = 5, SecondProtocol = 2;

    readonly SimulatedRandom _random = world.RandomOf(4);

    // ---- Transactional ids

    public async Task<TransactionReply> InitProducerIdAsync(IRequestSource source, TransactionalId id, ProducerId producerId, ProducerEpoch epoch)
    {
        var command = new TransactionCommand.InitProducerId(id, (int)TransactionPlan.TransactionTimeout.TotalMilliseconds, producerId,
            epoch) { ConnectionOrdinal = source.Ordinal };
        var reply = await AskAsync(source, id, command);
        return reply.NeedsProducerId ? await AskAsync(source, id, command with { NewProducerId = world.Topics.NewProducerId() }) : reply;
    }

    public async Task<TransactionReply> EndTransactionAsync(IRequestSource source, TransactionalId id, ProducerId producerId, ProducerEpoch epoch,
        bool commit, bool secondProtocol)
    {
        var command = new TransactionCommand.EndTransaction(id, producerId, epoch, commit, secondProtocol
            ? SecondProtocol : (short)0) { ConnectionOrdinal = source.Ordinal };
        var reply = await AskAsync(source, id, command);
        return reply.NeedsProducerId ? await AskAsync(source, id, command with { NewProducerId = world.Topics.NewProducerId() }) : reply;
    }

    /// <summary>AddPartitionsToTxn of the first protocol.</summary>
    public Task<TransactionReply> AddPartitionsAsync(IRequestSource source, TransactionalId id, ProducerId producerId, ProducerEpoch epoch,
        IReadOnlyList<(TopicId Topic, int Partition)> partitions)
    {
        var participants = new List<Participant>();
        foreach (var (topicId, partition) in partitions)
        {
            if (!world.Topics.View.TryFind(topicId, out var topic)) return Task.FromResult(TransactionReply.Failed(ErrorCode.UnknownTopicOrPartition));
            participants.Add(TransactionBroker.ParticipantOf(topic, partition));
        }
        return AddAsync(source, id, producerId, epoch, participants);
    }

    /// <summary>AddOffsetsToTxn.</summary>
    public Task<TransactionReply> AddOffsetsAsync(IRequestSource source, TransactionalId id, ProducerId producerId, ProducerEpoch epoch, GroupId group) =>
        AddAsync(source, id, producerId, epoch, [broker.ParticipantOf(group)]);

    Task<TransactionReply> AddAsync(IRequestSource source, TransactionalId id, ProducerId producerId, ProducerEpoch epoch,
        IReadOnlyList<Participant> participants) =>
        AskAsync(source, id, new TransactionCommand.AddParticipants(id, producerId, epoch, participants, 0) { ConnectionOrdinal = source.Ordinal,
            IsOfCoordinatorConnection = true });

    // A request that is late is not answered: its connection is closed.
    async Task<TransactionReply> AskAsync(IRequestSource source, TransactionalId id, TransactionCommand command)
    {
        var reply = await broker.CoordinatorOf(id).AskAsync(command);
        return reply.IsLate ? await LateAsync<TransactionReply>(source) : reply;
    }

    async Task<T> LateAsync<T>(IRequestSource source)
    {
        world.Note("broker", "late-connection", source.Ordinal);
        source.Close();
        return await new TaskCompletionSource<T>().Task;
    }

    // ---- The gate

    public async ValueTask<IReadOnlyList<ErrorCode>> AdmitAsync(TransactionalId id, ProducerId producerId, ProducerEpoch epoch,
        IReadOnlyList<Participant> participants, bool add,
        long connectionOrdinal)
    {
        TransactionCommand command = add
            ? new TransactionCommand.AddParticipants(id, producerId, epoch, participants, SecondProtocol) { ConnectionOrdinal = connectionOrdinal }
            : new TransactionCommand.Verify(id, producerId, epoch, participants) { ConnectionOrdinal = connectionOrdinal };
        var asked = broker.CoordinatorOf(id).AskAsync(command);
        if (add && world.Fault == TransactionFault.AddNotDurableBeforeAppend) return new ErrorCode[participants.Count];
        var reply = await asked;
        return reply.Error == ErrorCode.None && reply.Participants is { } codes ? codes : [.. participants.Select(_ => reply.Error)];
    }

    public async ValueTask<ErrorCode> EndOwnerAsync(ProducerId producerId, ProducerEpoch epoch, bool commit)
    {
        foreach (var coordinator in broker.Coordinators)
        {
            var reply = await coordinator.AskAsync(new TransactionCommand.EndOwner(producerId, epoch, commit));
            if (reply.Error != ErrorCode.InvalidProducerIdMapping) return reply.Error;
        }
        return ErrorCode.InvalidProducerIdMapping;
    }

    // ---- Records

    /// <summary>Produce of one transactional batch.</summary>
    public async Task<ErrorCode> ProduceAsync(IRequestSource source, short version, TransactionalId id, TopicId topicId, int partition, byte[] bytes)
    {
        if (broker.PartitionOf(topicId, partition) is not { } sequencer || !world.Topics.View.TryFind(topicId, out var topic)) return ErrorCode.UnknownTopicId;
        var verdict = BatchEnvelope.Check(bytes, false, PartitionFactory.LimitsOf(topic.Config), world.Clock.Wall, version);
        if (verdict.Error != ErrorCode.None) world.Fail($"a sound batch was refused: {verdict.Error}, {verdict.Message}");
        var (header, adds, guard) = (verdict.Header, version >= AdmissionErrors.FirstThatAdds, 0L);
        if (sequencer.View?.OpenTransactions.IsOpen(header.ProducerId, header.ProducerEpoch) != true)
        {
            var begun = await sequencer.AskAsync(PartitionCommand.BeginVerification(header, adds));
            if (begun.Error != ErrorCode.None || begun.Decision == SequenceDecision.Duplicate) return Seen(begun);
            guard = begun.Guard;
            if (guard > 0)
            {
                var codes = await this.AdmitPatientlyAsync(id, header.ProducerId, header.ProducerEpoch, [TransactionBroker.ParticipantOf(topic,
                    partition)], adds, source.Ordinal, world.Clock);
                if (codes[0] != ErrorCode.None) return AdmissionErrors.Of(codes[0], version);
                world.Oracle.Admitted(new(topicId, partition, guard, header.ProducerId, header.ProducerEpoch));
                await broker.MayBeSlowAsync(_random);
            }
        }
        var appended = sequencer.AskAsync(PartitionCommand.AppendTransactional(header, bytes.AsMemory(0, verdict.Length), world.Topics.GivenOut, guard, adds));
        source.Dispatched();
        return Seen(await appended);
    }

    ErrorCode Seen(in PartitionReply reply)
    {
        world.Counts.Add(reply.Error == ErrorCode.None ? $"{reply.Decision}" : $"produce-{reply.Error}");
        return reply.Error;
    }

    // ---- Groups

    public Task<GroupReply> AskGroupAsync(GroupId group, GroupCommand command) => broker.GroupsOf(group).AskAsync(command with { Catalog = world.Topics.View });

    /// <summary>TxnOffsetCommit.</summary>
    public async Task<ErrorCode> CommitOffsetsAsync(IRequestSource source, TransactionalId id, CommitTransactional commit)
    {
        var groups = broker.GroupsOf(commit.GroupId);
        var adds = commit.Version >= FirstOffsetsThatAdd;
        var begun = await groups.AskAsync(new BeginVerification(commit.ProducerId, commit.ProducerEpoch, adds) { Catalog = world.Topics.View });
        if (begun is not VerificationReply { Error: ErrorCode.None } verification) return begun.Error;
        if (!verification.IsOpen)
        {
            var codes = await this.AdmitPatientlyAsync(id, commit.ProducerId, commit.ProducerEpoch, [broker.ParticipantOf(commit.GroupId)], adds,
                source.Ordinal, world.Clock);
            if (codes[0] != ErrorCode.None) return AdmissionErrors.Of(codes[0], AdmissionErrors.FirstThatAdds);
            await broker.MayBeSlowAsync(_random);
        }
        var error = FirstError(await groups.AskAsync(commit with { Guard = verification.Guard, ConnectionOrdinal = source.Ordinal,
            Catalog = world.Topics.View }));
        return error == ErrorCode.NetworkException ? await LateAsync<ErrorCode>(source) : error;
    }

    public static ErrorCode FirstError(GroupReply reply)
    {
        if (reply is not OffsetErrors { Error: ErrorCode.None } errors) return reply.Error;
        foreach (var topic in errors.Topics)
            foreach (var error in topic)
                if (error != ErrorCode.None) return error;
        return ErrorCode.None;
    }
}
