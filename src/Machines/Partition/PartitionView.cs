using Semel.Machines.Producers;

namespace Semel.Machines.Partition;

/// <summary>What readers may know of a partition at one moment. Never changes. Every turn that writes makes one, so what seldom changes is shared by those after it.</summary>
public sealed record PartitionView : IReadView
{
    public static readonly PartitionView Empty = new(0, 0, 0);

    readonly Seldom _seldom;

    /// <summary>What most turns leave as it is.</summary>
    internal sealed record Seldom(long LogStartOffset, OpenTransactions Open, AbortedTransactions Aborted)
    {
        /// <summary>This, or another when anything has changed since.</summary>
        public Seldom Or(long logStartOffset, OpenTransactions open, AbortedTransactions aborted) =>
            LogStartOffset == logStartOffset && ReferenceEquals(Open, open) && ReferenceEquals(Aborted, aborted) ? this : new(logStartOffset, open, aborted);
    }

    /// <param name="logStartOffset">The first offset kept.</param>
    /// <param name="lastStableOffset">Below it every transaction is decided.</param>
    /// <param name="highWatermark">Below it records are durable.</param>
    public PartitionView(long logStartOffset, long lastStableOffset, long highWatermark)
        : this(new Seldom(logStartOffset, OpenTransactions.None, AbortedTransactions.None), lastStableOffset, highWatermark) { }

    internal PartitionView(Seldom seldom, long lastStableOffset, long highWatermark) => (_seldom, LastStableOffset, HighWatermark) = (seldom, lastStableOffset, highWatermark);

    /// <summary>The first offset kept.</summary>
    public long LogStartOffset => _seldom.LogStartOffset;

    /// <summary>Below it every transaction is decided: the bound of read_committed.</summary>
    public long LastStableOffset { get; }

    /// <summary>Below it records are durable: the bound of read_uncommitted.</summary>
    public long HighWatermark { get; }

    /// <summary>Whose next batch needs nobody's consent. The same object as before when none opened or ended since.</summary>
    public OpenTransactions OpenTransactions => _seldom.Open;

    /// <summary>What readers of committed records have to leave out. The same object as before when none was added or dropped since.</summary>
    public AbortedTransactions AbortedTransactions
    {
        get => _seldom.Aborted;
        init => _seldom = _seldom with { Aborted = value };
    }
}
