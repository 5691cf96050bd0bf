namespace Semel.Client;

/// <summary>
/// Sends records in transactions: all records and consumer offsets of one become visible to readers of committed records together, or never (KIP-98). At most
/// one transaction is open at a time; more at the same time need more producers, each with a transactional id of its own. Thread safe. Nothing is dialled
/// before the first use.
///
/// Calls that wait end after max.block.ms, or by their token when they have one. Cancelling ends the wait, not what was asked for: the same call can be
/// awaited again. Disposing aborts a transaction that is open, for up to close.timeout.ms.
/// </summary>
public interface ITransactionalProducer : IAsyncDisposable, IDisposable
{
    /// <summary>
    /// Claims the transactional id: whoever had it before is fenced, and what it left open is aborted. Positions of the input are to be read after this, with
    /// committed offsets that are stable.
    /// </summary>
    /// <exception cref="KafkaException">Retriable: call again. Config: a right or transaction.timeout.ms. Fenced and Fatal: dispose of the
    /// producer.</exception>
    ValueTask InitTransactionsAsync(CancellationToken cancellation = default);

    /// <summary>Where the producer stands.</summary>
    TransactionState State { get; }

    /// <summary>The producer as it is at this moment.</summary>
    ProducerInfo Info { get; }

    /// <inheritdoc cref="IProducer.GetStatistics"/>
    ProducerStatistics GetStatistics();

    /// <summary>Raised on the thread pool, one event after the other.</summary>
    event Action<ProducerEvent>? Events;

    /// <inheritdoc cref="IProducer.Unreachable"/>
    event Action<BrokerUnreachable>? Unreachable;
}

/// <summary>Sends records of one type in transactions. See <see cref="ITransactionalProducer"/>.</summary>
public interface ITransactionalProducer<TKey, TValue> : ITransactionalProducer
{
    /// <summary>Begins a transaction, without a request; waits where the epoch is still being raised after the last one.</summary>
    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    ValueTask<ITransaction<TKey, TValue>> BeginTransactionAsync(CancellationToken cancellation = default);

    /// <summary>
    /// Begins a transaction, runs the body, commits. What can be repeated is: the transaction is aborted and the body runs again, so it must not have effects
    /// of its own elsewhere, and must read its input anew. A commit of which nobody knows is resolved first. What the body throws by itself aborts and is
    /// thrown on.
    /// </summary>
    /// <exception cref="KafkaException">What repeating cannot mend, or what failed last.</exception>
    ValueTask ExecuteAsync(Func<ITransaction<TKey, TValue>, CancellationToken, ValueTask> body, TransactionRetry? retry = null,
        CancellationToken cancellation = default);

    /// <inheritdoc cref="ExecuteAsync(Func{ITransaction{TKey, TValue}, CancellationToken, ValueTask}, TransactionRetry?, CancellationToken)"/>
    /// <returns>What the body returned in the transaction that was committed.</returns>
    ValueTask<T> ExecuteAsync<T>(Func<ITransaction<TKey, TValue>, CancellationToken, ValueTask<T>> body, TransactionRetry? retry = null,
        CancellationToken cancellation = default);
}

/// <summary>How often a body is run again, and what the pauses are.</summary>
public sealed record TransactionRetry
{
    /// <summary>Runs of the body, the first included. At least 1; default 5.</summary>
    public int MaxAttempts { get; init => field = value >= 1 ? value
        : throw new ArgumentOutOfRangeException(nameof(MaxAttempts), value, "a body runs at least once"); } = 5;

    /// <summary>The pause before the second run; doubled before each further one. Default 100 ms.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>No pause is longer. Default 1 s.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);
}
