namespace ConfluentPrograms;

/// <summary>Groups are listed and described, their offsets moved and deleted, and they themselves as well; a topic gets more partitions.</summary>
public static class AdminOfGroups
{
    public static IEnumerable<string> Run(string servers, string name) => RunAsync(servers, name).GetAwaiter().GetResult();

    static async Task<List<string>> RunAsync(string servers, string topic)
    {
        var seen = new List<string>();
        var group = topic + "-group";
        Setup.Topic(servers, topic, 2);
        Setup.Fill(servers, topic, 5);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        using (var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig(Setup.Reading(servers, group)) { EnableAutoCommit = false,
            ClientId = "reader" }).Build())
        {
            consumer.Subscribe(topic);
            for (var read = 0; read < 5; read++) Setup.Next(consumer);
            consumer.Commit();
            var described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
            var member = described.Members.Single();
            seen.Add($"{described.State}, {described.PartitionAssignor}, {described.GroupType}, simple: {described.IsSimpleConsumerGroup}");
            seen.Add($"{member.ClientId} has {member.Assignment.TopicPartitions.Count}; coordinator {described.Coordinator.Id}");
            try
            {
                await admin.DeleteGroupsAsync([group]);
            }
            catch (DeleteGroupsException failure)
            {
                seen.Add($"{failure.Results[0].Error.Code}");
            }
            consumer.Close();
        }
        var listed = (await admin.ListConsumerGroupsAsync()).Valid.Single(each => each.GroupId == group);
        seen.Add($"{listed.State}, {listed.Type}");
        seen.Add($"among the groups of that state: {(await admin.ListConsumerGroupsAsync(new ListConsumerGroupsOptions { MatchStates = [ConsumerGroupState.Empty] })).Valid.Exists(each => each.GroupId == group)}");
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(topic, 0, 2)])]);
        var offsets = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        seen.Add(string.Join(", ", offsets[0].Partitions.Where(each => each.Offset >= 0).Select(each => $"{each.Partition.Value}: {each.Offset.Value}")));
        var deleted = await admin.DeleteConsumerGroupOffsetsAsync(group, [new TopicPartition(topic, 0)]);
        seen.Add($"deleted of partition {deleted.Partitions[0].Partition.Value}");
        await admin.DeleteGroupsAsync([group]);
        seen.Add($"still there: {(await admin.ListConsumerGroupsAsync()).Valid.Exists(each => each.GroupId == group)}");
        return seen;
    }
}
