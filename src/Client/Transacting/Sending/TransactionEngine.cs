using Microsoft.Extensions.Logging;
using Semel.Client.Connections;
using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Client.Producing.Sending;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// What a transactional producer has besides the producer: calls of the application become inputs of the machine, what the machine asks coordinators is
/// carried to them. It decides nothing. Thread safe.
/// </summary>
internal sealed class TransactionEngine
{
    const string Feature = "transaction.version";

    readonly ProducerEngine _engine;
    readonly ClusterConnections _connections;
    readonly ProducerLoop _loop;
    readonly ILogger _logger;
    readonly TransactionCalls _calls = new();
    readonly TransactionStanding _standing;
    readonly TransactionEffects _effects;
    readonly InputTopics _inputs;
    volatile Error? _closedBy;

    public TransactionEngine(ProducerEngine engine, ClusterConnections connections, ProducerLoop loop, ILogger logger)
    {
        (_engine, _connections, _loop, _logger) = (engine, connections, loop, logger);
        _standing = new TransactionStanding(engine.Admission, loop.Post);
        _effects = new TransactionEffects(connections, engine, loop, _standing, _calls, logger);
        _inputs = new InputTopics(connections, () => _effects.NamesTopicsById);
        connections.Features.Seen += (epoch, levels) => loop.Post(new FeaturesSeen(epoch, levels.GetValueOrDefault(Feature)));
    }

    public TransactionState State => _standing.State;

    /// <summary>Why a record is refused.</summary>
    public Generation GenerationOf(long transaction) => _standing.Find(transaction)?.Generation ?? throw _standing.Refuse(transaction);

    /// <inheritdoc cref="TransactionEffects.TryPerform"/>
    public bool TryPerform(ProducerEffect effect) => _effects.TryPerform(effect);

    TimeSpan? Until(CancellationToken cancellation) => cancellation.CanBeCanceled ? null : _engine.Now + _engine.Options.MaxBlock;

    Task<CallEnd> Post(TimeSpan? until, Func<TransactionCall, ProducerInput> input)
    {
        var (call, ended) = _calls.Begin(until);
        _loop.Post(input(call));
        // The loop may have ended in between.
        if (_closedBy is { } reason) _calls.End(new EndCall(call.Number, new CallFailed(TransactionTexts.Closed(reason))));
        return ended;
    }

    public async ValueTask InitAsync(CancellationToken cancellation)
    {
        _engine.Start();
        await DoneAsync(await Post(Until(cancellation), static call =>
            new InitWanted(call)).WaitAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <returns>The number of the transaction.</returns>
    public async ValueTask<long> BeginAsync(CancellationToken cancellation)
    {
        _engine.Start();
        var ended = Post(Until(cancellation), static call => new BeginWanted(call));
        try
        {
            return await DoneAsync(await ended.WaitAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It may begin all the same, and nobody would end it.
            _ = AbandonAsync(ended);
            throw;
        }
    }

    async Task AbandonAsync(Task<CallEnd> begun)
    {
        if (await begun.ConfigureAwait(false) is CallDone done) await TryAbortAsync(done.Transaction, _engine.Options.CloseTimeout).ConfigureAwait(false);
    }

    public async ValueTask SendOffsetsAsync(long transaction, IReadOnlyCollection<TopicPartitionOffset> offsets, ConsumerGroupMetadata group,
        CancellationToken cancellation)
    {
        IReadOnlyList<OffsetToSend> named = [];
        // In any other state the machine refuses the call.
        if (State == TransactionState.InTransaction && transaction == _standing.Transaction) named = await IdentifyAsync(transaction, offsets, group,
            cancellation).ConfigureAwait(false);
        await DoneAsync(await Post(Until(cancellation), call =>
            new OffsetsWanted(call, transaction, group, named)).WaitAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
    }

    async ValueTask<IReadOnlyList<OffsetToSend>> IdentifyAsync(long transaction, IReadOnlyCollection<TopicPartitionOffset> offsets,
        ConsumerGroupMetadata group, CancellationToken cancellation)
    {
        var (named, failure) = await _inputs.IdentifyAsync(offsets, group.GroupId, _engine.Options.MaxBlock, cancellation).ConfigureAwait(false);
        if (failure is null) return named;
        _loop.Post(new TransactionDoomed(transaction, failure));
        throw TransactionFailures.Exception(failure);
    }

    public async ValueTask CommitAsync(long transaction, CancellationToken cancellation)
    {
        var ended = Post(Until(cancellation), call => new CommitWanted(call, transaction));
        Seal(transaction, isAbort: false);
        await DoneAsync(await ended.WaitAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public async ValueTask AbortAsync(long transaction, CancellationToken cancellation) =>
        await DoneAsync(await Abort(transaction, Until(cancellation)).WaitAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);

    Task<CallEnd> Abort(long transaction, TimeSpan? until)
    {
        var ended = Post(until, call => new AbortWanted(call, transaction));
        Seal(transaction, isAbort: true);
        return ended;
    }

    /// <summary>No record comes into the transaction any more. The machine is told when every one that was taken has come to its end.</summary>
    void Seal(long transaction, bool isAbort)
    {
        if (_standing.Find(transaction) is not { } open) return;
        if (open.TrySeal())
        {
            _engine.Admission.Seal(_ => _standing.Refuse(transaction));
            _ = TellSealedAsync(open);
        }
        if (isAbort) _engine.Admission.Room.GiveUp(open.Generation, static name => new ProduceException(
            new Error(LocalErrorCode.TransactionAborted, $"the transaction of a record for {name.Topic} was aborted before the record had a place"),
                ErrorClass.Abortable, PersistenceStatus.NotPersisted, name));
    }

    async Task TellSealedAsync(OpenGeneration open)
    {
        await open.Generation.Ended.ConfigureAwait(false);
        _loop.PostFromPool(new RecordsSealed(open.Number));
    }

    public async ValueTask<TransactionOutcome> ResolveAsync(long transaction, CancellationToken cancellation)
    {
        var end = await Post(Until(cancellation), call => new ResolveWanted(call, transaction)).WaitAsync(cancellation).ConfigureAwait(false);
        if (end is not CallResolved resolved)
        {
            await DoneAsync(end).ConfigureAwait(false);
            throw new InvalidOperationException("a question for the outcome ended without one");
        }
        if (resolved.Outcome is { } outcome) return outcome;
        if (resolved.Witnesses.Count == 0) return TransactionOutcome.Unknown;
        var found = await new WitnessReader(_connections).ReadAsync(resolved.Witnesses, _engine.Options.MaxBlock, cancellation).ConfigureAwait(false);
        return WitnessRule.Judge(resolved.Witnesses, found);
    }

    /// <returns>The transaction that the call was about.</returns>
    async ValueTask<long> DoneAsync(CallEnd end)
    {
        switch (end)
        {
            case CallDone done: return done.Transaction;
            case CallIllegal illegal: throw TransactionFailures.Illegal(illegal);
            case CallGoesBack back:
                throw new ArgumentException($"the transaction has offset {back.Was} for {back.Partition} already, and {back.Is} is lower: offsets of one transaction only go on", "offsets");
            case CallFailed { Failure: { Kind: TransactionFailureKind.Fenced } fenced }:
                var holder = await HolderQuestion.AskAsync(_connections, _engine.Options.TransactionalId!, _effects.Closing).ConfigureAwait(false);
                throw TransactionFailures.Exception(fenced with { Error = fenced.Error with { Reason = fenced.Error.Reason + holder } });
            case CallFailed failed: throw TransactionFailures.Exception(failed.Failure);
            default: throw new InvalidOperationException($"a call ended with {end.GetType().Name}");
        }
    }

    /// <summary>Aborts what its owner leaves behind; a failure is logged and never thrown.</summary>
    public async Task TryAbortAsync(long transaction, TimeSpan patience)
    {
        try
        {
            await DoneAsync(await Abort(transaction, _engine.Now + patience).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Log.TransactionLeft(_logger, transaction, failure.Message);
        }
    }

    /// <summary>Whether the transaction can still be aborted.</summary>
    public bool IsOpen(long transaction) => transaction == _standing.Transaction
        && State is TransactionState.InTransaction or TransactionState.Abortable or TransactionState.Aborting;

    /// <summary>Before the producer is closed: an open transaction is aborted, and one that is being committed is waited for.</summary>
    public async Task EndOpenAsync(TimeSpan patience)
    {
        var transaction = _standing.Transaction;
        if (IsOpen(transaction)) await TryAbortAsync(transaction, patience).ConfigureAwait(false);
        else if (State == TransactionState.Committing)
            await Post(_engine.Now + patience, call => new CommitWanted(call, transaction)).ConfigureAwait(false);
    }

    /// <summary>The machine does not run any more: nobody else would end the calls that wait for it.</summary>
    public void EndCalls(Error reason)
    {
        _closedBy ??= reason;
        _calls.EndAll(new CallFailed(TransactionTexts.Closed(reason)));
    }

    /// <inheritdoc cref="EndCalls"/>
    public async Task CloseAsync(Error reason)
    {
        EndCalls(reason);
        await _effects.CompleteAsync().ConfigureAwait(false);
    }
}
