using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// Which level of transaction.version is in force: what the broker with the highest epoch says. It is taken over by the next transaction, never by an open
/// one.
/// </summary>
internal static class FeatureRule
{
    public static void Take(TransactionContext context, FeaturesSeen seen)
    {
        if (seen.Epoch < context.FeaturesEpoch) return;
        context.FeaturesEpoch = seen.Epoch;
        context.ClusterVersion = seen.TransactionVersion;
    }
}
