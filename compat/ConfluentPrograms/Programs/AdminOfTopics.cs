namespace ConfluentPrograms;

/// <summary>Topics are made, described, looked at and deleted.</summary>
public static class AdminOfTopics
{
    public static IEnumerable<string> Run(string servers, string name) => RunAsync(servers, name).GetAwaiter().GetResult().Select(line => line.Replace(name,
        "topic"));

    static async Task<List<string>> RunAsync(string servers, string topic)
    {
        var seen = new List<string>();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        var specification = new TopicSpecification { Name = topic, NumPartitions = 3, ReplicationFactor = 1,
            Configs = new Dictionary<string, string> { ["max.message.bytes"] = "100000" } };
        await admin.CreateTopicsAsync([specification]);
        try
        {
            await admin.CreateTopicsAsync([specification]);
        }
        catch (CreateTopicsException failure)
        {
            seen.Add($"{failure.Error.Code}: {failure.Results[0].Topic} {failure.Results[0].Error.Code}");
        }
        var described = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]))).TopicDescriptions[0];
        seen.Add($"{described.Name}: {described.Partitions.Count} partitions, leader {described.Partitions[0].Leader.Id}, internal: {described.IsInternal}");
        var metadata = admin.GetMetadata(topic, Setup.Patience);
        seen.Add($"{metadata.Brokers.Count} broker, {metadata.Topics[0].Topic} {metadata.Topics[0].Partitions.Count}, {metadata.Topics[0].Error.Code}");
        seen.Add($"among all: {admin.GetMetadata(Setup.Patience).Topics.Exists(each => each.Topic == topic)}");
        var configs = await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]);
        var entry = configs[0].Entries["max.message.bytes"];
        seen.Add($"{entry.Name}={entry.Value}, {entry.Source}, default: {entry.IsDefault}");
        Setup.Fill(servers, topic, 5);
        var partition = new TopicPartition(topic, 0);
        var deleted = await admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 2)]);
        seen.Add($"begins at {deleted[0].Offset.Value}");
        foreach (var spec in new[] { OffsetSpec.Earliest(), OffsetSpec.Latest() })
        {
            var listed = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec }]);
            seen.Add($"{spec.GetType().Name}: {listed.ResultInfos[0].TopicPartitionOffsetError.Offset.Value}");
        }
        seen.Add($"a cluster with {(await admin.DescribeClusterAsync()).Nodes.Count} node");
        await admin.DeleteTopicsAsync([topic]);
        try
        {
            await admin.DeleteTopicsAsync([topic]);
        }
        catch (DeleteTopicsException failure)
        {
            seen.Add($"{failure.Results[0].Error.Code}");
        }
        return seen;
    }
}
