using Semel.Broker.Hosting;

namespace Semel.Broker;

/// <summary>The brokers of this process that serve, for what is observed and not counted. Thread safe.</summary>
internal static class ServingBrokers
{
    static readonly Lock Gate = new();
    static SemelBroker[] _all = [];

    public static void Add(SemelBroker broker)
    {
        lock (Gate) _all = [.. _all, broker];
    }

    public static void Remove(SemelBroker broker)
    {
        lock (Gate) _all = [.. _all.Where(one => one != broker)];
    }

    public static int Sum(Func<SemelBroker, int> of) => Volatile.Read(ref _all).Sum(of);
}
