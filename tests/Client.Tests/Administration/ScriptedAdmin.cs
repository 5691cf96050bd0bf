using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Administration;

/// <summary>An admin client, and a broker that coordinates everything.</summary>
internal sealed class ScriptedAdmin : IAsyncDisposable
{
    public ScriptedAdmin()
    {
        Broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, version) => version < 4
            ? new FindCoordinatorResponse { NodeId = new NodeId(1), Host = Broker.Address.Host, Port = Broker.Address.Port }
            : new FindCoordinatorResponse { Coordinators = [.. request.CoordinatorKeys.Select(key => new FindCoordinatorResponse.Coordinator { Key = key, NodeId = new NodeId(1), Host = Broker.Address.Host, Port = Broker.Address.Port })] });
        Admin = new AdminClient(new ClientConfig { BootstrapServers = $"{Broker.Address}" }.Append(new("default.api.timeout.ms", "5000")).Append(new("retry.backoff.ms", "1")));
    }

    public ScriptedBroker Broker { get; } = new();
    public AdminClient Admin { get; }

    /// <summary>Lets the broker offer no later version of an API; none at all when it is null.</summary>
    public void Offer(ApiKey key, short? highest) => Broker.On<ApiVersionsRequest, ApiVersionsResponse>((_, _) => ScriptedBroker.Offer(ApiTable.All.Where(api => api.Key != key || highest is not null)
        .Select(api => (api.Key, api.Key == key ? api.Versions with { Highest = highest!.Value } : api.Versions))));

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
