using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>
/// Producer ids that are durably reserved, to be given out one by one. What is left of a block when the process ends is lost, which is why no id is
/// ever given out twice. Not thread safe.
/// </summary>
public sealed class ProducerIdBlock(ProducerId first, int count)
{
    int _taken;

    public int Left => count - _taken;

    /// <summary>The id that is given out next, when one is left.</summary>
    public ProducerId Next => new(first.Value + _taken);

    /// <summary>Nine tenths are used: time to reserve the next block, so that nobody waits for it.</summary>
    public bool IsNextWanted => _taken * 10L >= count * 9L;

    /// <returns>False when the block is used up: answer COORDINATOR_LOAD_IN_PROGRESS, which every client takes as "again soon", until the next block is there.</returns>
    public bool TryTake(out ProducerId producerId)
    {
        producerId = ProducerId.None;
        if (Left == 0) return false;
        producerId = new ProducerId(first.Value + _taken++);
        return true;
    }
}
