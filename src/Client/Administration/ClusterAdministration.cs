using System.Globalization;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Administration;

/// <summary>The cluster's brokers, and the configuration of anything.</summary>
internal sealed class ClusterAdministration(AdminCalls calls)
{
    public async Task<ClusterDescription> DescribeAsync(CancellationToken cancellation)
    {
        var call = calls.Begin(cancellation);
        var connection = await AnyConnectionAsync(call).ConfigureAwait(false);
        return connection.BestVersion<DescribeClusterRequest, DescribeClusterResponse>() is null ? await FromMetadataAsync(call).ConfigureAwait(false) : await FromClusterAsync(call).ConfigureAwait(false);
    }

    static async Task<BrokerConnection> AnyConnectionAsync(BoundedCall call)
    {
        try { return await call.AnyAsync().ConfigureAwait(false); }
        catch (BrokerConnectionException lost) { throw new KafkaException(new Error(LocalErrorCode.ConnectionLost, lost.Message), ErrorClass.Retriable, lost); }
    }

    async Task<ClusterDescription> FromClusterAsync(BoundedCall call)
    {
        var (response, _) = await calls.SendAsync<DescribeClusterRequest, DescribeClusterResponse>(call, AdminCalls.AnyAsync, static _ => new DescribeClusterRequest(), isRepeatable: true, null).ConfigureAwait(false);
        if (response.ErrorCode != ErrorCode.None)
            throw new KafkaException(new Error(response.ErrorCode, $"the cluster cannot be described: {response.ErrorMessage ?? response.ErrorCode.ToString()}"), ErrorClass.Application);
        return new ClusterDescription(response.ClusterId, response.ControllerId,
            [.. response.Brokers.OrderBy(static broker => broker.BrokerId.Value).Select(static broker => new BrokerDescription(broker.BrokerId, broker.Host, broker.Port, broker.Rack, broker.IsFenced))]);
    }

    /// <summary>Brokers before KIP-700 tell the same by Metadata.</summary>
    async Task<ClusterDescription> FromMetadataAsync(BoundedCall call)
    {
        var (response, _) = await calls.SendAsync<MetadataRequest, MetadataResponse>(call, AdminCalls.AnyAsync, static _ => new MetadataRequest { Topics = [] }, isRepeatable: true, null).ConfigureAwait(false);
        return new ClusterDescription(response.ClusterId ?? "", response.ControllerId,
            [.. response.Brokers.OrderBy(static broker => broker.NodeId.Value).Select(static broker => new BrokerDescription(broker.NodeId, broker.Host, broker.Port, broker.Rack, false))]);
    }

    public async Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(IReadOnlyCollection<ConfigResource> resources, CancellationToken cancellation)
    {
        var call = calls.Begin(cancellation);
        var results = new Dictionary<ConfigResource, AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>();
        foreach (var group in resources.Distinct().GroupBy(NodeOf))
            foreach (var result in await DescribeConfigsAsync(group.Key, [.. group], call).ConfigureAwait(false)) results[result.Item] = result;
        return [.. resources.Select(resource => results[resource])];
    }

    /// <summary>A broker tells only its own configuration; of everything else any broker does.</summary>
    public static NodeId NodeOf(ConfigResource resource) => resource.Type is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger
        && int.TryParse(resource.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var node) ? new NodeId(node) : NodeId.None;

    async Task<IEnumerable<AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>>>> DescribeConfigsAsync(NodeId node, ConfigResource[] resources, BoundedCall call)
    {
        var (response, _) = await calls.SendAsync<DescribeConfigsRequest, DescribeConfigsResponse>(call, node == NodeId.None ? AdminCalls.AnyAsync : one => calls.NodeAsync(node, one), version => new DescribeConfigsRequest
        {
            Resources = [.. resources.Select(static resource => new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, ConfigurationKeys = null })],
            IncludeDocumentation = version >= 3,
        }, isRepeatable: true, null).ConfigureAwait(false);
        var answered = new Dictionary<ConfigResource, DescribeConfigsResponse.DescribeConfigsResult>();
        foreach (var result in response.Results) answered[new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName)] = result;
        return resources.Select(resource => answered.TryGetValue(resource, out var result) ? Described(resource, result)
            : AdminCalls.Failed<ConfigResource, IReadOnlyList<ConfigEntry>>(resource, ErrorCode.UnknownServerError, $"the broker said nothing about {resource}"));
    }

    static AdminResult<ConfigResource, IReadOnlyList<ConfigEntry>> Described(ConfigResource resource, DescribeConfigsResponse.DescribeConfigsResult result)
    {
        if (result.ErrorCode != ErrorCode.None)
            return AdminCalls.Failed<ConfigResource, IReadOnlyList<ConfigEntry>>(resource, result.ErrorCode, $"the configuration of {resource} cannot be described: {(string.IsNullOrEmpty(result.ErrorMessage) ? result.ErrorCode.ToString() : result.ErrorMessage)}");
        return new(resource, [.. result.Configs.Select(static config => new ConfigEntry(config.Name, config.Value, (ConfigSource)Math.Max(config.ConfigSource, (sbyte)0), config.ReadOnly, config.IsSensitive,
            string.IsNullOrEmpty(config.Documentation) ? null : config.Documentation))], null);
    }
}
