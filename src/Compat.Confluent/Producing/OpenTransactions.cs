namespace Semel.Compat.Confluent;

/// <summary>
/// The transactions of one producer, one after the other. What Confluent.Kafka leaves open after a commit that timed out is found out here: the next call for
/// the same
/// transaction, be it a commit or an abort, asks how it ended. Thread safe.
/// </summary>
sealed class OpenTransactions(Inner.ITransactionalProducer<byte[], byte[]> producer, ProducerCore core) : Transactions, IRecordSink
{
    readonly Lock _gate = new();
    Inner.ITransaction<byte[], byte[]> _open;
    Inner.ProduceException _refused;
    bool _isCommitSent;

    static KafkaException Wrong(string state) => new(new Error(ErrorCode.Local_State, $"Operation not valid in state {state}"));

    Inner.ITransaction<byte[], byte[]> Open
    {
        get { lock (_gate) return _open ?? throw Wrong(producer.State.ToString()); }
    }

    public override void Init(TimeSpan timeout)
    {
        core.ThrowIfDisposed();
        if (producer.State is not (Inner.TransactionState.Uninitialized or Inner.TransactionState.Initializing)) throw Wrong(producer.State.ToString());
        Blocking.Run(timeout, "claiming the transactional id", producer.InitTransactionsAsync);
    }

    public override void Begin()
    {
        core.ThrowIfDisposed();
        lock (_gate)
        {
            if (_open is not null || producer.State is Inner.TransactionState.Uninitialized or Inner.TransactionState.Initializing) throw Wrong(producer.State.ToString());
            _open = Call(Timeout.InfiniteTimeSpan, "beginning a transaction", producer.BeginTransactionAsync);
            _isCommitSent = false;
            _refused = null;
        }
    }

    public override void Refused(Inner.ProduceException failure)
    {
        lock (_gate)
            if (_open is not null) _refused ??= failure;
    }

    public bool TryProduce(string topic, in Inner.RawRecord record, out Inner.Delivery delivery) => ForRecord(topic).TryProduce(topic, record, out delivery);
    public ValueTask<Inner.Delivery> EnqueueAsync(string topic, in Inner.RawRecord record) => ForRecord(topic).EnqueueAsync(topic, record);

    /// <exception cref="Inner.ProduceException">No transaction is open.</exception>
    Inner.ITransaction<byte[], byte[]> ForRecord(string topic)
    {
        lock (_gate)
            return _open ?? throw new Inner.ProduceException(new Inner.Error(Inner.LocalErrorCode.NotInTransaction, ErrorCode.Local_State.GetReason()),
                Inner.ErrorClass.Application,
                Inner.PersistenceStatus.NotPersisted, new Wire.TopicPartition(topic, -1));
    }

    public override void SendOffsets(IEnumerable<TopicPartitionOffset> offsets, IConsumerGroupMetadata group, TimeSpan timeout)
    {
        core.ThrowIfDisposed();
        if (group is not GroupMetadata metadata) throw new ArgumentException("the group's metadata is to be a consumer's ConsumerGroupMetadata", nameof(group));
        var places = offsets.Where(static place => place.Offset >= 0).Select(Crossing.Below).ToList();
        var open = Open;
        if (places.Count > 0) Call(timeout, "sending offsets to the transaction",
            cancellation => Awaited(open.SendOffsetsAsync(places, metadata.Below, cancellation)));
    }

    public override void Commit(TimeSpan timeout)
    {
        core.ThrowIfDisposed();
        var open = Open;
        if (Finish(open, new Limit(timeout)) == Inner.TransactionOutcome.Aborted)
            throw new KafkaTxnRequiresAbortException(new Error(ErrorCode.Local_State,
                "the transaction was not committed: it was aborted. Abort it here as well, and begin again"));
        Ended(open);
    }

    public override void Abort(TimeSpan timeout)
    {
        core.ThrowIfDisposed();
        var open = Open;
        var limit = new Limit(timeout);
        if (_isCommitSent && Outcome(open, limit) == Inner.TransactionOutcome.Committed)
        {
            Ended(open);
            throw new KafkaException(new Error(ErrorCode.Local_State,
                "the transaction cannot be aborted: its commit, of which nothing was heard in time, was carried out. The next transaction may begin"));
        }
        if (!_isCommitSent) Call(limit.Left, "aborting the transaction", cancellation => Awaited(open.AbortAsync(cancellation)));
        Ended(open);
    }

    /// <summary>Of a commit that was asked for and not heard of: also one that refuses now is an end, and the abort comes after it.</summary>
    Inner.TransactionOutcome Outcome(Inner.ITransaction<byte[], byte[]> transaction, Limit limit)
    {
        try { return Finish(transaction, limit); }
        catch (KafkaTxnRequiresAbortException) { return Inner.TransactionOutcome.Unknown; }
    }

    /// <summary>Commits, joins a commit that is under way, or asks how one ended.</summary>
    Inner.TransactionOutcome Finish(Inner.ITransaction<byte[], byte[]> transaction, Limit limit)
    {
        // What the program has produced belongs to the transaction, whether or not the client below has taken it yet.
        if (!core.WaitUntilAccepted(limit)) throw new KafkaRetriableException(new Error(ErrorCode.Local_TimedOut,
            "committing the transaction was not done in time: records wait for their topic or for memory"));
        lock (_gate)
            if (_refused is { } refused) throw new KafkaTxnRequiresAbortException(new Error(ErrorCode.Local_Inconsistent,
                $"a record of the transaction failed: {refused.Message}"), refused);
        _isCommitSent = true;
        try
        {
            Call(limit.Left, "committing the transaction", cancellation => Awaited(transaction.CommitAsync(cancellation)));
            return Inner.TransactionOutcome.Committed;
        }
        catch (KafkaTxnRequiresAbortException)
        {
            // Nothing was committed: an abort is an abort.
            _isCommitSent = false;
            throw;
        }
        catch (KafkaException unknown) when (unknown.InnerException is Inner.TransactionOutcomeUnknownException)
        {
            return Call(limit.Left, "finding out how the transaction ended", transaction.ResolveAsync) is var outcome and not Inner.TransactionOutcome.Unknown
                ? outcome
                : throw new KafkaException(new Error(ErrorCode.Local_State,
                    "nobody can tell how the transaction ended: it sent no offsets that could. Set transaction.witness.group, or make a new producer and read what is committed", true), unknown);
        }
    }

    /// <summary>Its records have ended as well: whoever awaits them is told before this returns.</summary>
    void Ended(Inner.ITransaction<byte[], byte[]> transaction)
    {
        lock (_gate)
            if (_open == transaction) _open = null;
        _isCommitSent = false;
        core.WaitForReports();
    }

    static async ValueTask<bool> Awaited(ValueTask call)
    {
        await call.ConfigureAwait(false);
        return true;
    }

    static T Call<T>(TimeSpan timeout, string what, Func<CancellationToken, ValueTask<T>> call)
    {
        try { return Blocking.Run(timeout, what, call); }
        catch (InvalidOperationException wrong) when (wrong is not ObjectDisposedException) { throw new KafkaException(new Error(ErrorCode.Local_State,
            wrong.Message), wrong); }
    }
}
