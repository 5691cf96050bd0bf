using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Administration;

/// <summary>Changes configurations value by value. Thread safe.</summary>
internal sealed class ConfigAdministration(AdminCalls calls)
{
    public async Task<IReadOnlyList<AdminResult<ConfigResource, IReadOnlyCollection<ConfigChange>>>> AlterAsync(IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<ConfigChange>> changes, bool validateOnly, CancellationToken cancellation)
    {
        var call = calls.Begin(cancellation);
        var results = new Dictionary<ConfigResource, AdminResult<ConfigResource, IReadOnlyCollection<ConfigChange>>>();
        foreach (var group in changes.GroupBy(static change => ClusterAdministration.NodeOf(change.Key)))
            foreach (var result in await AlterAsync(group.Key, [.. group], validateOnly, call).ConfigureAwait(false)) results[result.Item] = result;
        return [.. changes.Keys.Select(resource => results[resource])];
    }

    async Task<IEnumerable<AdminResult<ConfigResource, IReadOnlyCollection<ConfigChange>>>> AlterAsync(NodeId node, KeyValuePair<ConfigResource, IReadOnlyCollection<ConfigChange>>[] changes, bool validateOnly, BoundedCall call)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            ValidateOnly = validateOnly,
            Resources =
            [
                .. changes.Select(static change => new IncrementalAlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = (sbyte)change.Key.Type, ResourceName = change.Key.Name,
                    Configs = [.. change.Value.Select(static one => new IncrementalAlterConfigsRequest.AlterableConfig { Name = one.Name, ConfigOperation = (sbyte)one.Operation, Value = one.Value })],
                }),
            ],
        };
        // Setting and deleting do the same when they are done twice; appending and subtracting may meet what somebody else has done meanwhile.
        var isRepeatable = changes.All(static change => change.Value.All(static one => one.Operation is ConfigOperation.Set or ConfigOperation.Delete));
        var (response, _) = await calls.SendAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(call, node == NodeId.None ? calls.ControllerAsync : one => calls.NodeAsync(node, one), _ => request, isRepeatable,
            static response => response.Responses.Exists(static told => told.ErrorCode == ErrorCode.NotController)).ConfigureAwait(false);
        var answered = response.Responses.GroupBy(static told => new ConfigResource((ConfigResourceType)told.ResourceType, told.ResourceName)).ToDictionary(static group => group.Key, static group => group.First());
        return changes.Select(change => !answered.TryGetValue(change.Key, out var told) ? AdminCalls.Failed<ConfigResource, IReadOnlyCollection<ConfigChange>>(change.Key, ErrorCode.UnknownServerError, $"the broker said nothing about {change.Key}")
            : told.ErrorCode == ErrorCode.None ? new(change.Key, change.Value, null)
            : AdminCalls.Failed<ConfigResource, IReadOnlyCollection<ConfigChange>>(change.Key, told.ErrorCode, $"the configuration of {change.Key} is not changed: {(string.IsNullOrEmpty(told.ErrorMessage) ? told.ErrorCode.ToString() : told.ErrorMessage)}"));
    }
}
