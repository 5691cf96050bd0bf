using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>
/// Where the first producer id of a new folder may lie: anywhere, so that a broker that came back empty, or another one, gives out no id that somebody has still.
/// From there on ids follow each other. All of them are exact in a JavaScript number, and there is room for a million million of them behind the highest first one;
/// none of them is one of those that older folders, and other brokers, count up from 0.
/// </summary>
public static class ProducerIdSpace
{
    const long LowestFirst = 1L << 40, ExactInJavaScript = 1L << 53, Room = 1L << 40;

    /// <summary>The first id that a random number stands for.</summary>
    public static ProducerId FirstOf(ulong random) => new(LowestFirst + (long)(random % (ulong)(ExactInJavaScript - Room - LowestFirst)));

    /// <summary>Whether an id can be the first one of a folder.</summary>
    public static bool CanBeFirst(ProducerId id) => id.Value is >= LowestFirst and < ExactInJavaScript - Room;
}
