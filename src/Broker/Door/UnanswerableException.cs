namespace Semel.Broker.Door;

/// <summary>
/// A handler's way to say that its request gets no answer, because each would mislead: the connection is closed once what came before was answered, and the
/// reason stands in the broker's log. Nothing of the request was done.
/// </summary>
internal sealed class UnanswerableException(string reason) : Exception(reason);
