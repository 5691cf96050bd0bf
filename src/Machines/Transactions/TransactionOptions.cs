namespace Semel.Machines.Transactions;

/// <summary>What a coordinator of transactions is told by its broker. Nothing of it is recorded.</summary>
public sealed record TransactionOptions
{
    /// <summary>From this transaction.version on each end of a transaction raises the epoch (KIP-890).</summary>
    public const short RaisingVersion = 2;

    /// <summary>The cluster's transaction.version, 0 to 2: how the coordinator ends transactions by itself. Clients choose their own with each request.</summary>
    public short TransactionVersion { get; init; } = RaisingVersion;

    /// <summary>The longest time that a producer may ask for (transaction.max.timeout.ms).</summary>
    public TimeSpan LongestTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// After its log was loaded a transaction is left alone for so long, unless its time is over already: its producer may just be coming back
    /// (transaction.abort.timed.out.transaction.cleanup.interval.ms).
    /// </summary>
    public TimeSpan GraceAfterLoading { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An id that nobody has used for so long is forgotten (transactional.id.expiration.ms), unless a connection that used it is open.</summary>
    public TimeSpan IdExpiration { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Between two searches for such ids (transaction.remove.expired.transaction.cleanup.interval.ms).</summary>
    public TimeSpan ExpirationSearchInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the answer to EndTxn may wait for all participants, so that what it acknowledges can be read. Then it is answered on the decision alone.</summary>
    public TimeSpan AnswerPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between the answer to EndTxn, when all participants have ended, and the record that says so: it says nothing that a restart would not find out, and shares the forced
    /// write of the next transaction's first record when that comes by then.
    /// </summary>
    public TimeSpan CompletionDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a participant that could not be ended is left alone before it is asked again; doubled each time up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(1);
}
