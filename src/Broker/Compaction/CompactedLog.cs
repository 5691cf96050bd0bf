using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Protocol;

namespace Semel.Broker.Compaction;

/// <summary>The log of a state machine, which needs no more than the newest record of each key. Its tombstones are nobody's once the machine has seen them. Two of the same log are equal.</summary>
internal sealed record CompactedLog(IReadableLog Reader) : ICompactable
{
    public string LogName => Reader.LogName;
    public ILog? Log => Reader.View is null ? null : Reader.Log;
    public long Bound => Reader.View?.LastStableOffset ?? 0;
    public TimeSpan TombstoneRetention => TimeSpan.Zero;
    public Func<ProducerId, bool>? IsProducerNeeded => null;
}
