using Semel.Log;
using Semel.Protocol;

namespace Semel.Broker.Compaction;

/// <summary>A log of keyed records of which the newest of each key is enough. Asked by the thread that compacts.</summary>
internal interface ICompactable
{
    string LogName { get; }

    /// <summary>Null while it is not open.</summary>
    ILog? Log { get; }

    /// <summary>Nothing at or above this offset is touched: the last stable offset.</summary>
    long Bound { get; }

    /// <summary>How long a tombstone is kept, by its timestamp.</summary>
    TimeSpan TombstoneRetention { get; }

    /// <summary>Whether a producer has to be known still when the log is folded anew; null when all have to.</summary>
    Func<ProducerId, bool>? IsProducerNeeded { get; }
}
