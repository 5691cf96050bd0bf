using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Broker.Door;

/// <summary>Answers the requests of one API. Used by all connections at once: it remembers nothing between requests.</summary>
internal interface IHandler
{
    ApiKey ApiKey { get; }

    /// <summary>The versions that are answered. A request of another version closes the connection, as nothing could tell the peer why.</summary>
    VersionRange Versions { get; }

    /// <summary>What ApiVersions tells.</summary>
    VersionRange AdvertisedVersions => Versions;

    /// <summary>
    /// Whether the next request of a connection may be dispatched while this one is not answered. The others wait for all before them, so
    /// that they see what those did, and no peer has more than one large answer under way.
    /// </summary>
    bool IsPipelined => false;

    /// <summary>
    /// Whether a request is dropped when its peer has closed the connection before it is dispatched. For what a client may have asked again on a new connection,
    /// so that the late first one would meet what came of the second: a commit that ends the next transaction (KAFKA-17754).
    /// </summary>
    bool EndsWithConnection => false;

    /// <summary>
    /// Completes when the request is dispatched: everything it asks is in its mailbox, in order. The answer may come later, and comes once.
    /// </summary>
    /// <exception cref="WireFormatException">The body is not what its version says. Nothing was done.</exception>
    /// <exception cref="UnanswerableException">No answer would be right. Nothing was done.</exception>
    ValueTask HandleAsync(Exchange exchange);
}
