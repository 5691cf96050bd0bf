namespace Semel.Broker.Transactions;

/// <summary>How long a write waits within the broker for the transaction before its own to be ended.</summary>
/// <param name="Pause">Before it asks again.</param>
/// <param name="Longest">In all; then its client is told to come again.</param>
internal readonly record struct AdmissionPatience(TimeSpan Pause, TimeSpan Longest)
{
    /// <summary>That of Apache Kafka.</summary>
    public static readonly AdmissionPatience Default = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100));
}
