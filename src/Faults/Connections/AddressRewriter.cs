using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Faults.Connections;

/// <summary>Replaces the broker addresses that answers tell. Everything else in the answer is written again as it was read.</summary>
static class AddressRewriter
{
    /// <summary>Whether an answer of this kind can tell addresses and can be read here.</summary>
    public static bool MayTellAddresses(ApiKey key, short version) =>
        key is ApiKey.Metadata or ApiKey.FindCoordinator or ApiKey.DescribeCluster or ApiKey.Produce or ApiKey.Fetch
        // The endpoints of new leaders came with these versions (KIP-951).
        && (key != ApiKey.Produce || version >= 10) && (key != ApiKey.Fetch || version >= 16)
        && ApiTable.Find(key)?.Versions.Contains(version) == true;

    /// <summary>The whole frame with other addresses; null when it tells none.</summary>
    /// <param name="map">The address to tell instead of a broker's own. Told with it: whether the answer names no other broker.</param>
    /// <exception cref="WireFormatException">The answer is not what its request's key and version say.</exception>
    public static byte[]? Rewrite(ReadOnlyMemory<byte> frame, ApiKey key, short version, Func<string, int, bool, (string Host, int Port)> map)
    {
        var reader = new WireReader(frame[Frame.SizeLength..]);
        var header = ResponseHeader.Read(ref reader, key, version);
        var body = ApiTable.Find(key)!.NewResponse();
        body.Read(ref reader, version);
        if (!Replace(body, map)) return null;
        using var writer = new WireWriter();
        Frame.WriteResponse(writer, key, version, header.CorrelationId, body);
        return writer.ToArray();
    }

    static bool Replace(IMessage body, Func<string, int, bool, (string, int)> map)
    {
        var found = false;

        (string, int) Mapped(string host, int port, bool alone)
        {
            // An answer without a broker has no host, or the port -1.
            if (host.Length == 0 || port <= 0) return (host, port);
            found = true;
            return map(host, port, alone);
        }

        switch (body)
        {
            case MetadataResponse metadata:
                foreach (var broker in metadata.Brokers) (broker.Host, broker.Port) = Mapped(broker.Host, broker.Port, metadata.Brokers.Count == 1);
                break;
            case DescribeClusterResponse cluster:
                foreach (var broker in cluster.Brokers) (broker.Host, broker.Port) = Mapped(broker.Host, broker.Port, cluster.Brokers.Count == 1);
                break;
            case FindCoordinatorResponse coordinator:
                (coordinator.Host, coordinator.Port) = Mapped(coordinator.Host, coordinator.Port, false);
                foreach (var one in coordinator.Coordinators) (one.Host, one.Port) = Mapped(one.Host, one.Port, false);
                break;
            case ProduceResponse produce:
                foreach (var node in produce.NodeEndpoints) (node.Host, node.Port) = Mapped(node.Host, node.Port, false);
                break;
            case FetchResponse fetch:
                foreach (var node in fetch.NodeEndpoints) (node.Host, node.Port) = Mapped(node.Host, node.Port, false);
                break;
        }
        return found;
    }
}
