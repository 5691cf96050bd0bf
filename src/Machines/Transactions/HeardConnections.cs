namespace Semel.Machines.Transactions;

/// <summary>
/// The newest connection over which producers were heard by any machine of one log in this process (<see cref="ConnectionOrder"/>). It outlives the machine: when its log has
/// failed, the one that is folded anew knows nobody's newest connection, and what comes over one that was open before could be late. So all of those are given up; whoever
/// is there still comes again over a later one. Used by one turn at a time; not thread safe.
/// </summary>
public sealed class HeardConnections
{
    /// <summary>0 when nobody was heard.</summary>
    public long Newest { get; private set; }

    internal void Heard(long ordinal) => Newest = Math.Max(Newest, ordinal);
}
