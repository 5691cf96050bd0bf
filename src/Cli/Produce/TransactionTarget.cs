using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>How a transaction of the command ended.</summary>
/// <param name="Number">From 1.</param>
public sealed record EndedTransaction(long Number, TransactionOutcome Outcome, long Records);

/// <summary>Records go into transactions of a fixed number: each is stored whole or not at all. Not thread safe.</summary>
/// <param name="most">How many records a transaction has; the last one may have fewer.</param>
/// <param name="report">Hears of each end, in order.</param>
public sealed class TransactionTarget(ITransactionalProducer<Null, Null> producer, long most, AcknowledgementReport report) : IRecordTarget
{
    /// <summary>How long an abort may take, and the question how a commit ended that nobody waited for.</summary>
    static readonly TimeSpan LastChance = TimeSpan.FromSeconds(5);

    ITransaction<Null, Null>? _open;
    long _inside, _ended;
    bool _isStarted;

    /// <summary>Records of transactions that are committed.</summary>
    public long CommittedRecords { get; private set; }

    public long CommittedTransactions { get; private set; }

    /// <summary>The last transaction, when it was not committed; null when all were.</summary>
    public EndedTransaction? NotCommitted { get; private set; }

    public async ValueTask PrepareAsync(CancellationToken cancellation)
    {
        // Takes the transactional id over: whoever had it before is fenced.
        if (!_isStarted) await producer.InitTransactionsAsync(cancellation).ConfigureAwait(false);
        _isStarted = true;
        if (_open is not null && _inside >= most) await CommitAsync(cancellation).ConfigureAwait(false);
        _open ??= await producer.BeginTransactionAsync(cancellation).ConfigureAwait(false);
    }

    public bool TryProduce(string topic, in RawRecord record, out Delivery delivery)
    {
        if (!_open!.TryProduce(topic, record, out delivery)) return false;
        _inside++;
        return true;
    }

    public ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation)
    {
        _inside++;
        return _open!.EnqueueAsync(topic, record, cancellation);
    }

    public Task CompleteAsync(CancellationToken cancellation) => _open is null ? Task.CompletedTask : CommitAsync(cancellation);

    async Task CommitAsync(CancellationToken cancellation)
    {
        try
        {
            await _open!.CommitAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or TransactionOutcomeUnknownException)
        {
            // The commit may have been carried out: then what follows must not call it aborted.
            if (await ResolveAsync().ConfigureAwait(false) is not TransactionOutcome.Committed) throw;
        }
        await EndedAsync(TransactionOutcome.Committed).ConfigureAwait(false);
    }

    async Task<TransactionOutcome> ResolveAsync()
    {
        using var limit = new CancellationTokenSource(LastChance);
        try
        {
            return await _open!.ResolveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or KafkaException or InvalidOperationException)
        {
            return TransactionOutcome.Unknown;
        }
    }

    public async Task AbandonAsync()
    {
        report.TellNoMoreLines();
        if (_open is null) return;
        using var limit = new CancellationTokenSource(LastChance);
        TransactionOutcome outcome;
        try
        {
            await _open.AbortAsync(limit.Token).ConfigureAwait(false);
            outcome = TransactionOutcome.Aborted;
        }
        catch (Exception failure) when (failure is OperationCanceledException or KafkaException or InvalidOperationException)
        {
            outcome = await ResolveAsync().ConfigureAwait(false);
        }
        await EndedAsync(outcome).ConfigureAwait(false);
    }

    ValueTask EndedAsync(TransactionOutcome outcome)
    {
        var ended = new EndedTransaction(++_ended, outcome, _inside);
        if (outcome == TransactionOutcome.Committed) (CommittedRecords, CommittedTransactions) = (CommittedRecords + _inside, CommittedTransactions + 1);
        else NotCommitted = ended;
        (_open, _inside) = (null, 0);
        return report.AddAsync(ended);
    }
}
