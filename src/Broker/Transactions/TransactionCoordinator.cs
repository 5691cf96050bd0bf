using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// The coordinators of transactions, one for each partition of <c>__transaction_state</c>, and the way to the one that a transactional id belongs to. Thread safe.
/// </summary>
internal sealed class TransactionCoordinator : ITransactionGate
{
    readonly StateTopic<TransactionCommand, TransactionReply, TransactionView> _logs;
    readonly TransactionEffects _effects;
    readonly TransactionOptions _options;
    readonly ProducerIdSource _producerIds;

    /// <param name="made">How the topic is made.</param>
    /// <param name="topics">Learns of the topic, which has to be before the catalog is opened.</param>
    public TransactionCoordinator(TransactionOptions options, (int Partitions, int SegmentBytes) made, TopicRegistry topics, ProducerIdSource producerIds, TransactionEffects effects, ILogger logger)
    {
        (_options, _effects, _producerIds) = (options, effects, producerIds);
        _logs = new(new() { Name = InternalTopic.Transactions, PartitionCount = made.Partitions, SegmentBytes = made.SegmentBytes, Turns = Turns }, topics, logger);
    }

    public AdmissionPatience Patience { get; init; } = AdmissionPatience.Default;

    SequencerSettings<TransactionCommand, TransactionReply, TransactionView> Turns(StateLog log)
    {
        var heard = new HeardConnections();
        return new()
        {
            LogName = log.Name,
            OpenLog = log.Open,
            NewMachine = opened => new TransactionMachine(_options, opened.WriterEpoch, heard),
            Effects = effects => _effects.CarryOut(effects, _logs.All[log.Partition]),
            Tick = static () => TransactionCommand.Tick.Instance,
            // Nobody knows whether it is in the log. Who asks again is answered by what is found there.
            StorageFailed = static reason => TransactionReply.Failed(ErrorCode.NotCoordinator, reason),
            Stopped = TransactionReply.Failed(ErrorCode.CoordinatorNotAvailable, "the broker stops"),
            LastResort = "Where there is no copy of it, the way out is another folder: without it nobody knows which transactions were decided.",
            ReadOnlyView = static (bounds, _, _) => new TransactionView(bounds.StartOffset, bounds.EndOffset, TransactionalIds: 0, Open: 0),
        };
    }

    /// <summary>Asks the coordinator of an id, and gives the command a fresh producer id when it needs one.</summary>
    /// <returns>INVALID_PRODUCER_ID_MAPPING when no transactional id was ever used.</returns>
    public async Task<TransactionReply> AskAsync(TransactionalId id, TransactionCommand command) =>
        _logs.All.Count == 0 ? TransactionReply.Failed(ErrorCode.InvalidProducerIdMapping) : await AskAsync(_logs.Of(id.Value), command);

    async Task<TransactionReply> AskAsync(Sequencer<TransactionCommand, TransactionReply, TransactionView> log, TransactionCommand command)
    {
        var reply = await log.AskAsync(command);
        while (reply.NeedsProducerId)
        {
            var (error, fresh) = await _producerIds.TakeAsync();
            if (error != ErrorCode.None) return TransactionReply.Failed(error);
            reply = await log.AskAsync(command.With(fresh));
        }
        return reply;
    }

    /// <summary>The first question of a transactional id, which makes the topic if need be.</summary>
    public async Task<TransactionReply> InitProducerIdAsync(TransactionCommand.InitProducerId command) =>
        await _logs.ReadyAsync() is not ErrorCode.None and var error ? TransactionReply.Failed(error) : await AskAsync(command.TransactionalId, command);

    public async ValueTask<IReadOnlyList<ErrorCode>> AdmitAsync(TransactionalId id, ProducerId producerId, ProducerEpoch epoch, IReadOnlyList<Participant> participants, bool add, long connectionOrdinal)
    {
        var reply = await AskAsync(id, add
            ? new TransactionCommand.AddParticipants(id, producerId, epoch, participants, TransactionOptions.RaisingVersion) { ConnectionOrdinal = connectionOrdinal }
            : new TransactionCommand.Verify(id, producerId, epoch, participants) { ConnectionOrdinal = connectionOrdinal });
        return reply.Participants ?? [.. participants.Select(_ => reply.Error)];
    }

    public async ValueTask<ErrorCode> EndOwnerAsync(ProducerId producerId, ProducerEpoch epoch, bool commit)
    {
        var unsure = ErrorCode.InvalidProducerIdMapping;
        foreach (var log in _logs.All)
        {
            var reply = await AskAsync(log, new TransactionCommand.EndOwner(producerId, epoch, commit));
            if (reply.Error is ErrorCode.None or ErrorCode.ConcurrentTransactions or ErrorCode.InvalidTxnState) return reply.Error;
            // One that cannot be asked may be the one that knows it.
            if (reply.Error != ErrorCode.InvalidProducerIdMapping) unsure = reply.Error;
        }
        return unsure;
    }

    /// <summary>What is known of these ids, in their order; null for one of which nothing is.</summary>
    public async Task<(ErrorCode Error, TransactionDescription? Description)> DescribeAsync(TransactionalId id)
    {
        if (_logs.All.Count == 0) return (ErrorCode.None, null);
        var reply = await _logs.Of(id.Value).AskAsync(new TransactionCommand.Describe([id]));
        return (reply.Error, reply.Transactions is [var description] ? description : null);
    }

    /// <returns>COORDINATOR_LOAD_IN_PROGRESS when one of the coordinators cannot be asked: the list would not be whole.</returns>
    public async Task<(ErrorCode Error, IReadOnlyList<TransactionDescription> Listed)> ListAsync(TransactionFilter filter)
    {
        var replies = await Task.WhenAll(_logs.All.Select(log => log.AskAsync(new TransactionCommand.List(filter))));
        return replies.All(static reply => reply.Error == ErrorCode.None)
            ? (ErrorCode.None, [.. replies.SelectMany(static reply => reply.Transactions!).OfType<TransactionDescription>()])
            : (ErrorCode.CoordinatorLoadInProgress, []);
    }
}
