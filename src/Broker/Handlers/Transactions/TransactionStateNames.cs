using Semel.Machines.Transactions;

namespace Semel.Broker.Handlers.Transactions;

/// <summary>The names of states, as Kafka tells them and takes them: upper and lower case count.</summary>
internal static class TransactionStateNames
{
    static readonly Dictionary<string, TransactionState> ByName = Enum.GetValues<TransactionState>().ToDictionary(static state => state.ToString(), StringComparer.Ordinal);

    public static bool TryParse(string name, out TransactionState state) => ByName.TryGetValue(name, out state);
}
