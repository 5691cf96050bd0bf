using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// By which connection a producer of the first transaction protocol has committed offsets last. That protocol tells two transactions of one producer apart by nothing: a
/// commit that was held up and comes after its client went on by a newer connection would join the next transaction, and take the group back (KAFKA-17754). Clients close a connection
/// before they go on by another, so no honest request is refused. It belongs to the process and not to the log, and outlives the machine, which is folded anew when its log has
/// failed: what was held up comes after that as well. Used by one turn at a time; not thread safe.
/// </summary>
public sealed class CommitConnections
{
    /// <summary>When there are more, all are forgotten: they come again with the next commit.</summary>
    const int Most = 65_536;

    const short FirstOfSecondProtocol = 5;

    readonly Dictionary<ProducerId, (ProducerEpoch Epoch, long Ordinal)> _newest = [];

    /// <returns>False when a newer connection has spoken for the producer.</returns>
    internal bool IsNewest(CommitTransactional command)
    {
        if (command.Version >= FirstOfSecondProtocol || command.ConnectionOrdinal == 0) return true;
        var isKnown = _newest.TryGetValue(command.ProducerId, out var newest) && newest.Epoch == command.ProducerEpoch;
        if (isKnown && newest.Ordinal > command.ConnectionOrdinal) return false;
        if (_newest.Count >= Most) _newest.Clear();
        _newest[command.ProducerId] = (command.ProducerEpoch, command.ConnectionOrdinal);
        return true;
    }
}
