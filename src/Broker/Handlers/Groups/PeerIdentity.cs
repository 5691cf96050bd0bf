using Semel.Broker.Door;
using Semel.Machines.Groups;

namespace Semel.Broker.Handlers.Groups;

/// <summary>Who speaks for a member, as descriptions of its group show it.</summary>
internal static class PeerIdentity
{
    public static ClientIdentity Of(Exchange exchange) => new(exchange.Header.ClientId ?? "", $"/{exchange.Session.Peer.Address}");
}
