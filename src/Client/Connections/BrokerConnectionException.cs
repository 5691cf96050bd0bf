namespace Semel.Client.Connections;

/// <summary>
/// A request got no answer: the connection could not be made, was lost, or the request's time was up.
/// Never seen by an application: the producer, the consumer and the admin client turn it into what they promise.
/// </summary>
internal sealed class BrokerConnectionException(string message, bool wasWritten, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>False: no byte of the request left this process, so the broker cannot have acted on it. True: nobody knows.</summary>
    public bool WasWritten { get; } = wasWritten;

    /// <summary>Of an attempt to connect: why it failed.</summary>
    public UnreachableCause Cause { get; init; }
}
