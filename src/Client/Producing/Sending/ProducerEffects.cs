using Microsoft.Extensions.Logging;
using Semel.Client.Connections;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>Carries out what the machine decides, on the machine's loop: hands work on and never waits.</summary>
internal sealed class ProducerEffects(ProducerEngine engine, ClusterConnections connections, ProducerLoop loop, ILogger logger) : IEffectPerformer
{
    readonly Dictionary<NodeId, BrokerSender> _senders = [];
    readonly CancellationTokenSource _closing = new();
    Task _asking = Task.CompletedTask;
    object _identity = ProducerIdentity.None;

    public ProducerIdentity Identity => (ProducerIdentity)Volatile.Read(ref _identity);

    public void Perform(ProducerEffect effect)
    {
        switch (effect)
        {
            case SendProduce send: Send(send); break;
            case WithdrawRequest withdraw: loop.Post(Sender(withdraw.Node).Withdraw(withdraw.RequestId)); break;
            case SealBatch seal: Seal((BufferedBatch)seal.Batch); break;
            case ReplaceBatch replace: Replace(replace); break;
            case CompleteBatch complete: engine.Reports.Ended((BufferedBatch)complete.Batch, complete.Verdict); break;
            case ReleaseBatch release when ((BufferedBatch)release.Batch).TryRelease(): engine.Batches.GiveBack((BufferedBatch)release.Batch); break;
            case ReleaseBatch: break;
            case RequestProducerId: _asking = AskAsync(); break;
            case RefreshMetadata refresh: connections.Metadata.RequestRefresh(refresh.Topic); break;
            case Tell tell: Tell(tell.Event); break;
            case FailProducer fail:
                engine.Admission.RefuseAll(fail.Reason);
                loop.Post(new Closed(fail.Reason));
                break;
            case var other when engine.Transactions?.TryPerform(other) == true: break;
            default: throw new ArgumentException($"{effect.GetType().Name} is no effect of a producer", nameof(effect));
        }
    }

    public void TurnEnded(ProducerMachine machine)
    {
        if (machine.Identity == Identity) return;
        if (Identity.IsNone && !machine.Identity.IsNone) Log.IdentityGranted(logger, machine.Identity.Id, machine.Identity.Epoch);
        Volatile.Write(ref _identity, machine.Identity);
    }

    void Send(SendProduce send)
    {
        // Looking a topic up keeps it among those that are asked about.
        for (var index = 0; index < send.Batches.Count; index++) connections.Metadata.Find(send.Batches[index].Batch.Partition.Topic);
        Sender(send.Node).Send(send);
    }

    BrokerSender Sender(NodeId node)
    {
        if (!_senders.TryGetValue(node, out var sender))
            _senders[node] = sender = new BrokerSender(node, connections, engine.Options, engine.Counters, loop.PostFromPool, engine.Batches.GiveBack, _closing.Token);
        return sender;
    }

    void Seal(BufferedBatch batch)
    {
        if (!batch.Owner.TrySeal(batch)) return;
        // Without compression closing costs a sum over the bytes, which is less than a detour.
        if (engine.Options.Compression == CompressionCodec.None) engine.Batches.Close(batch);
        else engine.Batches.CloseElsewhere(batch);
    }

    void Replace(ReplaceBatch replace)
    {
        var batch = (BufferedBatch)replace.Batch;
        var refused = new Dictionary<int, string?>();
        foreach (var (index, message) in replace.Refused) refused[index] = message;
        var firstRefused = refused.Count > 0 ? refused.Keys.Min() : int.MaxValue;
        var fragments = BatchRewriter.Rewrite(batch, replace.MaxBytes,
            index => !refused.ContainsKey(index) && (replace.BehindRefused is null || index < firstRefused), engine.Options);
        for (var index = 0; index < batch.RecordCount; index++)
        {
            if (refused.TryGetValue(index, out var message)) engine.Reports.Ended(batch, index, WithMessage(replace.RefusedVerdict, message));
            else if (index > firstRefused && replace.BehindRefused is { } behind) engine.Reports.Ended(batch, index, behind);
        }
        if (refused.Count == 0)
        {
            foreach (var partition in engine.Admission.Topics.PartitionsOf(batch.Partition.Topic)) partition.LowerBatchSize(replace.MaxBytes);
            if (batch.UncompressedBytes > 0) batch.Owner.Compression?.Reset((double)batch.SizeInBytes / batch.UncompressedBytes);
        }
        loop.Post(new BatchReplaced(batch, fragments));
    }

    static Verdict WithMessage(Verdict verdict, string? message) =>
        message is null || verdict.Error is not { } error ? verdict : verdict with { Error = error with { Reason = $"{error.Reason}: {message}" } };

    async Task AskAsync()
    {
        var answer = await IdentityExchange.AskAsync(connections, engine.Options.AnswerTimeout, _closing.Token).ConfigureAwait(false);
        if (answer is ProducerIdRefused refused) Log.IdentityRefused(logger, refused.Code, refused.Reason);
        loop.PostFromPool(answer);
    }

    /// <summary>Counts it, writes it down, and lets handlers know.</summary>
    public void Tell(ProducerEvent happened)
    {
        ProducerMetrics.Happened(happened);
        engine.Counters.Happened(happened);
        switch (happened)
        {
            case EpochBumped bumped: Log.EpochBumped(logger, bumped.TopicPartition, bumped.ProducerId, bumped.Epoch); break;
            case DataLossSuspected loss: Log.DataLossSuspected(logger, loss.TopicPartition, loss.LastAcknowledgedOffset, loss.Reason); break;
            case LateAcknowledgement late: Log.LateAcknowledgement(logger, late.TopicPartition, late.RecordCount, late.BaseOffset); break;
            case BatchSplit split: Log.BatchSplit(logger, split.TopicPartition, split.RecordCount, split.SizeInBytes); break;
            case DeliveryRetried retried: Log.DeliveryRetried(logger, retried.TopicPartition, retried.Reason); break;
            case PartitionUnavailable unavailable: Log.PartitionUnavailable(logger, unavailable.TopicPartition, unavailable.Code, unavailable.Reason); break;
            case ProducerIdUnavailable unavailable: Log.IdentityUnavailable(logger, unavailable.Code, unavailable.Reason); break;
            case ClusterReplaced replaced: Log.ClusterReplaced(logger, replaced.Was, replaced.Is); break;
            case RecordsGivenUp lost: Log.RecordsGivenUp(logger, lost.NotPersisted, lost.PossiblyPersisted); break;
            case IdempotenceDisabled disabled: Log.IdempotenceOff(logger, disabled.Reason); break;
        }
        engine.Raise(happened);
    }

    public void Fail(Exception failure)
    {
        Log.LoopFailed(logger, failure);
        var reason = new Error(LocalErrorCode.Closed, $"the producer ended by a defect: {failure.Message}");
        engine.Admission.RefuseAll(reason);
        engine.Reports.EndAll(engine.Admission.Topics, Verdict.PossiblyPersisted(reason));
        engine.Transactions?.EndCalls(reason);
    }

    /// <summary>Ends once no sender uses a batch any more. The connections are closed.</summary>
    public async Task CompleteAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (var sender in _senders.Values) await sender.CompleteAsync().ConfigureAwait(false);
        await _asking.ConfigureAwait(false);
        _closing.Dispose();
    }
}
