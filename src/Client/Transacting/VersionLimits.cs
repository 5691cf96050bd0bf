namespace Semel.Client.Transacting;

/// <summary>
/// Which versions of a request belong to which protocol. What a broker offers does not say it: it may offer EndTxn 5 while the feature is still at 1, and
/// what is asked in a transaction must all be of one protocol. Pure.
/// </summary>
internal static class VersionLimits
{
    /// <summary>From this level of transaction.version on, each end raises the epoch (KIP-890).</summary>
    public const short Raising = 2;

    /// <summary>The version of Produce that adds its partitions by itself.</summary>
    const short FirstAddingProduce = 12;

    /// <summary>Outside of a transaction.</summary>
    public static readonly (short Lowest, short Highest) Any = (0, short.MaxValue);

    public static bool Raises(short transactionVersion) => transactionVersion >= Raising;

    public static (short Lowest, short Highest) OfProduce(short transactionVersion) =>
        Raises(transactionVersion) ? (FirstAddingProduce, short.MaxValue) : ((short)0, (short)(FirstAddingProduce - 1));

    public static (short Lowest, short Highest) Of(CoordinatorRequest request) => request.Kind switch
    {
        // From 4 on brokers ask each other.
        CoordinatorRequestKind.AddPartitions => (0, 3),
        CoordinatorRequestKind.AddOffsets => (0, 4),
        // Below 3 no member and no generation is named: nothing would be fenced (KIP-447).
        CoordinatorRequestKind.TxnOffsetCommit => Raises(request.TransactionVersion) ? ((short)5, short.MaxValue) : ((short)3, (short)4),
        CoordinatorRequestKind.EndTxn => Raises(request.TransactionVersion) ? ((short)5, short.MaxValue) : ((short)0, (short)4),
        // Below 3 an epoch cannot be raised by its holder (KIP-360).
        _ => (request.Identity.IsNone ? (short)0 : (short)3, short.MaxValue),
    };
}
