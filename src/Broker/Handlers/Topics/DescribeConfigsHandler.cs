using System.Globalization;
using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Topics;

/// <summary>
/// Behaviour: tells the configuration of topics, of groups and of this broker: values, where they come from, what else they could come from (synonyms), and what
/// they mean. All are read-only: this broker has no way to change them at run time. The broker's dynamic default (resource "") is empty. A group, whether it is there
/// or not, has what the broker says for all groups (KIP-848).
/// Versions: 1 to 4. 3: types and documentation (KIP-569).
/// Not done: other resources (loggers, client metrics) are INVALID_REQUEST.
/// </summary>
internal sealed class DescribeConfigsHandler(TopicRegistry topics, BrokerNode node, Lazy<IReadOnlyList<BrokerConfigDescription>> brokerConfigs) : Handler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    const sbyte TopicResource = 2, BrokerResource = 4, GroupResource = 32;

    /// <summary>What the broker's own settings of groups have before the group's name of them.</summary>
    const string GroupPrefix = "group.";

    static readonly string[] OfGroups = ["consumer.assignment.interval.ms", "consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"];

    protected override ValueTask<DescribeConfigsResponse> AnswerAsync(DescribeConfigsRequest request, Exchange exchange) =>
        new(new DescribeConfigsResponse { Results = request.Resources.ConvertAll(resource => Describe(resource, request)) });

    DescribeConfigsResponse.DescribeConfigsResult Describe(DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request)
    {
        var result = new DescribeConfigsResponse.DescribeConfigsResult { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, ErrorMessage = null };
        (result.ErrorCode, result.ErrorMessage) = resource.ResourceType switch
        {
            TopicResource => DescribeTopic(resource, request, result.Configs),
            BrokerResource => DescribeBroker(resource, request, result.Configs),
            GroupResource => DescribeGroup(resource, request, result.Configs),
            _ => (ErrorCode.InvalidRequest, $"this broker has configurations of topics ({TopicResource}), brokers ({BrokerResource}) and groups ({GroupResource}), not of the resource type {resource.ResourceType}"),
        };
        return result;
    }

    (ErrorCode, string?) DescribeTopic(DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request, List<DescribeConfigsResponse.DescribeConfigsResourceResult> rows)
    {
        if (TopicName.Refusal(resource.ResourceName) is { } refusal) return (ErrorCode.InvalidTopicException, refusal);
        if (!topics.View.TryFind(resource.ResourceName, out var topic)) return (ErrorCode.UnknownTopicOrPartition, $"there is no topic '{resource.ResourceName}'");
        foreach (var entry in TopicConfigTable.All)
        {
            if (!IsAsked(resource, entry.Name)) continue;
            var source = ConfigSource.Of(topic.Config, entry.Name);
            var row = new DescribeConfigsResponse.DescribeConfigsResourceResult
            {
                Name = entry.Name,
                Value = topic.Config.Value(entry.Name),
                ReadOnly = true,
                ConfigSource = source.Number,
                ConfigType = (sbyte)entry.Type,
                Documentation = request.IncludeDocumentation ? entry.Documentation : null,
            };
            if (request.IncludeSynonyms)
            {
                if (source == ConfigSource.Topic) row.Synonyms.Add(Synonym(entry.Name, row.Value, ConfigSource.Topic));
                if (source == ConfigSource.Broker) row.Synonyms.Add(Synonym(entry.Name, row.Value, ConfigSource.Broker));
                row.Synonyms.Add(Synonym(entry.Name, entry.Default, ConfigSource.Default));
            }
            rows.Add(row);
        }
        return (ErrorCode.None, null);
    }

    (ErrorCode, string?) DescribeBroker(DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request, List<DescribeConfigsResponse.DescribeConfigsResourceResult> rows)
    {
        if (resource.ResourceName.Length == 0) return (ErrorCode.None, null);
        if (!int.TryParse(resource.ResourceName, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) || id != node.NodeId.Value)
            return (ErrorCode.InvalidRequest, $"the configuration of broker {node.NodeId} can be told here, not of '{resource.ResourceName}'");
        foreach (var config in brokerConfigs.Value)
            if (IsAsked(resource, config.Name)) rows.Add(Row(config.Name, config, request));
        return (ErrorCode.None, null);
    }

    (ErrorCode, string?) DescribeGroup(DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request, List<DescribeConfigsResponse.DescribeConfigsResourceResult> rows)
    {
        if (resource.ResourceName.Length == 0) return (ErrorCode.InvalidRequest, "a group has a name: there are no defaults of groups beside the broker's settings");
        foreach (var name in OfGroups)
            if (IsAsked(resource, name)) rows.Add(Row(name, brokerConfigs.Value.First(config => config.Name == GroupPrefix + name), request));
        return (ErrorCode.None, null);
    }

    /// <param name="name">Under which it is told: a group's configuration has a name of its own.</param>
    static DescribeConfigsResponse.DescribeConfigsResourceResult Row(string name, BrokerConfigDescription config, DescribeConfigsRequest request)
    {
        var isSet = config.Value != config.Default;
        var row = new DescribeConfigsResponse.DescribeConfigsResourceResult
        {
            Name = name,
            Value = config.Value,
            ReadOnly = true,
            ConfigSource = (isSet ? ConfigSource.Broker : ConfigSource.Default).Number,
            ConfigType = (sbyte)config.Type,
            Documentation = request.IncludeDocumentation ? config.Documentation : null,
        };
        if (!request.IncludeSynonyms) return row;
        if (isSet) row.Synonyms.Add(Synonym(config.Name, config.Value, ConfigSource.Broker));
        row.Synonyms.Add(Synonym(config.Name, config.Default, ConfigSource.Default));
        return row;
    }

    static bool IsAsked(DescribeConfigsRequest.DescribeConfigsResource resource, string name) =>
        resource.ConfigurationKeys is not { Count: > 0 } keys || keys.Contains(name);

    static DescribeConfigsResponse.DescribeConfigsSynonym Synonym(string name, string? value, ConfigSource source) => new() { Name = name, Value = value, Source = source.Number };
}
