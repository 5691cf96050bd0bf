using Semel.Client.Producing.Sending;

namespace Semel.Client.Transacting.Sending;

/// <summary>The typed face of a producer's transactions.</summary>
internal sealed class TransactionalProducer<TKey, TValue>(ProducerEngine engine, Producer<TKey, TValue> producer, TimeProvider time)
    : ITransactionalProducer<TKey, TValue>, IConnectedClient
{
    readonly TransactionEngine _transactions = engine.Transactions!;

    internal ProducerEngine Engine => engine;

    public TransactionState State => _transactions.State;

    public ProducerInfo Info => producer.Info;

    public ProducerStatistics GetStatistics() => producer.GetStatistics();

    public ConnectionSummary Connections => producer.Connections;

    public event Action<ProducerEvent>? Events
    {
        add => producer.Events += value;
        remove => producer.Events -= value;
    }

    public event Action<BrokerUnreachable>? Unreachable
    {
        add => producer.Unreachable += value;
        remove => producer.Unreachable -= value;
    }

    public ValueTask InitTransactionsAsync(CancellationToken cancellation) => _transactions.InitAsync(cancellation);

    public async ValueTask<ITransaction<TKey, TValue>> BeginTransactionAsync(CancellationToken cancellation) =>
        new Transaction<TKey, TValue>(engine, producer, _transactions, await _transactions.BeginAsync(cancellation).ConfigureAwait(false));

    public async ValueTask ExecuteAsync(Func<ITransaction<TKey, TValue>, CancellationToken, ValueTask> body, TransactionRetry? retry,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(body);
        await ExecuteAsync(async (transaction, token) =>
        {
            await body(transaction, token).ConfigureAwait(false);
            return true;
        }, retry, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<T> ExecuteAsync<T>(Func<ITransaction<TKey, TValue>, CancellationToken, ValueTask<T>> body, TransactionRetry? retry,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(body);
        retry ??= new TransactionRetry();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ExecuteOnceAsync(body, cancellation).ConfigureAwait(false);
            }
            catch (KafkaException failure) when (attempt < retry.MaxAttempts && RepeatRule.CanBeRepeated(failure, State))
            {
                await Task.Delay(RepeatRule.Pause(retry, attempt), time, cancellation).ConfigureAwait(false);
            }
        }
    }

    async ValueTask<T> ExecuteOnceAsync<T>(Func<ITransaction<TKey, TValue>, CancellationToken, ValueTask<T>> body, CancellationToken cancellation)
    {
        // Disposed of before it is committed, it is aborted.
        await using var transaction = await BeginTransactionAsync(cancellation).ConfigureAwait(false);
        var result = await body(transaction, cancellation).ConfigureAwait(false);
        try
        {
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        }
        catch (TransactionOutcomeUnknownException unknown)
        {
            switch (await transaction.ResolveAsync(cancellation).ConfigureAwait(false))
            {
                case TransactionOutcome.Committed: break;
                case TransactionOutcome.Aborted:
                    throw new KafkaException(unknown.Error with { Reason = $"the transaction was not committed after all. {unknown.Error.Reason}" },
                        ErrorClass.Abortable, unknown);
                default: throw;
            }
        }
        return result;
    }

    public ValueTask DisposeAsync() => producer.DisposeAsync();

    public void Dispose() => producer.Dispose();
}
