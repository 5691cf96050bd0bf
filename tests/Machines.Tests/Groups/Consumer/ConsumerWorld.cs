using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>A coordinator with the topic "t" of four partitions, a group "g", and its members.</summary>
internal sealed class ConsumerWorld
{
    public static readonly TimeSpan Session = TimeSpan.FromSeconds(45);
    /// <summary>Each change is assigned at once, so that a test need not wait for it.</summary>
    public static readonly GroupOptions AtOnce = TestGroups.Quick with { ConsumerAssignmentInterval = TimeSpan.Zero };

    public ConsumerWorld(GroupOptions? options = null, PlantedFault fault = PlantedFault.None)
    {
        Groups = new TestGroups(options ?? AtOnce, fault);
        Groups.Topics.Create("t", 4);
        Groups.Topics.Create("u", 2);
    }

    public TestGroups Groups { get; }

    public TestMember Member(string id, string? instance = null) => new(Groups, "g", id, instance);

    public TopicIdPartition Partition(int number, string topic = "t") => new(Id(topic), number);
    public PartitionSet Set(params int[] numbers) => PartitionSet.Of(numbers.Select(number => Partition(number)));
    public TopicId Id(string topic) => Groups.Topics.View.TryFind(topic, out var found) ? found.TopicId : throw new InvalidOperationException(topic);

    public DescribedConsumerGroup Describe() => Groups.Ask<DescribedConsumerGroup>(new DescribeConsumerGroup(new("g")));
    public string State => Groups.Ask<ListedGroups>(new ListGroups([], [])).Groups.Single().State;

    /// <summary>Everything in the log, with the bytes of the keys.</summary>
    public List<(byte[] Bytes, StateRecord Record)> Records()
    {
        var all = new List<(byte[], StateRecord)>();
        foreach (var (batch, _) in Groups.Log)
        {
            using var records = new RecordBatchReader(batch);
            while (records.MoveNext())
            {
                var key = records.Key.ToArray();
                all.Add((key, StateLogs.ConsumerOffsets.Read(key, records.ValueIsNull ? (ReadOnlyMemory<byte>?)null : records.Value.ToArray())));
            }
        }
        return all;
    }

    /// <summary>Members show themselves in turn, as clients do, until nothing changes for anybody.</summary>
    public void Settle(params TestMember[] members)
    {
        for (var round = 0; round < 50; round++)
        {
            var before = string.Join(';', members.Select(member => $"{member.Epoch} {member.Owned}"));
            foreach (var member in members)
            {
                var reply = member.BeatOwning();
                Assert.Equal(ErrorCode.None, reply.Error);
            }
            if (before == string.Join(';', members.Select(member => $"{member.Epoch} {member.Owned}")) && Describe().State == "Stable") return;
        }
        Assert.Fail("the group does not settle");
    }
}
