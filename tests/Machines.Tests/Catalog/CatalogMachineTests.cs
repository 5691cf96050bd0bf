using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Catalog;

public class CatalogMachineTests
{
    readonly TestCatalog _catalog = new(new CatalogOptions { DefaultPartitionCount = 3, MaxPartitions = 20 });

    static void Refused(ErrorCode error, CatalogReply reply)
    {
        Assert.Equal(error, reply.Error);
        Assert.Null(reply.Topic);
        Assert.False(string.IsNullOrEmpty(reply.Message));
    }

    [Fact]
    public void A_topic_is_found_by_name_and_by_id()
    {
        var created = _catalog.Create("orders", 5).Topic!;
        Assert.Equal(("orders", 5), (created.Name, created.PartitionCount));
        Assert.True(_catalog.View.TryFind("orders", out var byName));
        Assert.True(_catalog.View.TryFind(created.TopicId, out var byId));
        Assert.Same(byName, byId);
        Assert.False(_catalog.View.TryFind("Orders", out _));
        Assert.False(_catalog.View.TryFind(TestCatalog.Id(99), out _));
    }

    [Fact]
    public void Topics_are_listed_by_name_whatever_the_order_of_their_creation()
    {
        foreach (var name in new[] { "b", "a.x", "C", "a-x", "a" }) _catalog.Create(name, 1);
        Assert.Equal(["C", "a", "a-x", "a.x", "b"], _catalog.View.Topics.Select(topic => topic.Name));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A.b_c-9")]
    [InlineData("...")]
    public void Names_that_can_be(string name) => Assert.Equal(ErrorCode.None, _catalog.Create(name).Error);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a\0")]
    public void Names_that_cannot_be(string name)
    {
        Refused(ErrorCode.InvalidTopicException, _catalog.Create(name));
        Assert.Empty(_catalog.Log);
    }

    [Theory]
    [InlineData("__consumer_offsets")]
    [InlineData("__transaction_state")]
    [InlineData("__share_group_state")]
    [InlineData("__cluster_metadata")]
    public void Names_of_the_clusters_own_topics_cannot_be(string name)
    {
        Refused(ErrorCode.InvalidTopicException, _catalog.Create(name));
        Assert.Empty(_catalog.Log);
        Assert.Equal(ErrorCode.None, _catalog.Create(name + "2").Error);
    }

    [Fact]
    public void A_name_has_at_most_249_characters()
    {
        Assert.Equal(ErrorCode.None, _catalog.Create(new string('x', 249)).Error);
        Refused(ErrorCode.InvalidTopicException, _catalog.Create(new string('x', 250)));
    }

    [Fact]
    public void Names_that_differ_only_in_dot_and_underscore_collide()
    {
        _catalog.Create("a.b");
        Refused(ErrorCode.InvalidTopicException, _catalog.Create("a_b"));
        Assert.Equal(ErrorCode.None, _catalog.Create("a-b").Error);
        _catalog.Turn(CatalogCommand.DeleteTopic("a.b"));
        Assert.Equal(ErrorCode.None, _catalog.Create("a_b").Error);
    }

    [Fact]
    public void A_topic_that_exists_is_not_created_again_not_even_in_the_same_turn()
    {
        var replies = _catalog.Turn(CatalogCommand.CreateTopic(_catalog.Wanted("a")), CatalogCommand.CreateTopic(_catalog.Wanted("a")));
        Assert.Equal([ErrorCode.None, ErrorCode.TopicAlreadyExists], replies.Select(reply => reply.Error));
    }

    [Theory]
    [InlineData(-1, 3)]
    [InlineData(1, 1)]
    [InlineData(20, 20)]
    public void Partition_counts_that_can_be(int wanted, int given) => Assert.Equal(given, _catalog.Create("a", wanted).Topic!.PartitionCount);

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    public void Partition_counts_that_cannot_be(int wanted) => Refused(ErrorCode.InvalidPartitions, _catalog.Create("a", wanted));

    [Fact]
    public void All_topics_together_have_a_bounded_number_of_partitions()
    {
        _catalog.Create("a", 15);
        Refused(ErrorCode.PolicyViolation, _catalog.Create("b", 6));
        Refused(ErrorCode.PolicyViolation, _catalog.Create("b", int.MaxValue));
        Assert.Equal(ErrorCode.None, _catalog.Create("b", 5).Error);
        _catalog.Turn(CatalogCommand.DeleteTopic("a"));
        Assert.Equal(ErrorCode.None, _catalog.Create("c", 15).Error);
    }

    [Theory]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(1, ErrorCode.None)]
    [InlineData(0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(-2, ErrorCode.InvalidReplicationFactor)]
    public void There_is_one_replica(short factor, ErrorCode error) => Assert.Equal(error, _catalog.Create(_catalog.Wanted("a") with { ReplicationFactor = factor }).Error);

    NewTopic Assigned(params (int Partition, int[] Nodes)[] assignments) => _catalog.Wanted("a") with
    {
        Assignments = [.. assignments.Select(assignment => new PartitionAssignment(assignment.Partition, [.. assignment.Nodes.Select(node => new NodeId(node))]))],
    };

    [Fact]
    public void Partitions_may_be_assigned_by_hand_to_the_one_node() => Assert.Equal(2, _catalog.Create(Assigned((1, [1]), (0, [1]))).Topic!.PartitionCount);

    [Fact]
    public void Assignments_that_cannot_be()
    {
        Refused(ErrorCode.InvalidReplicaAssignment, _catalog.Create(Assigned((0, [2]))));
        Refused(ErrorCode.InvalidReplicaAssignment, _catalog.Create(Assigned((0, [1, 1]))));
        Refused(ErrorCode.InvalidReplicaAssignment, _catalog.Create(Assigned((0, []))));
        Refused(ErrorCode.InvalidReplicaAssignment, _catalog.Create(Assigned((1, [1]))));
        Refused(ErrorCode.InvalidReplicaAssignment, _catalog.Create(Assigned((0, [1]), (0, [1]))));
        Refused(ErrorCode.InvalidRequest, _catalog.Create(Assigned((0, [1])) with { PartitionCount = 1 }));
        Refused(ErrorCode.InvalidRequest, _catalog.Create(Assigned((0, [1])) with { ReplicationFactor = 1 }));
    }

    [Fact]
    public void A_validation_says_what_would_be_and_creates_nothing()
    {
        var reply = _catalog.Create(_catalog.Wanted("a") with { ValidateOnly = true });
        Assert.Equal((ErrorCode.None, 3), (reply.Error, reply.Topic!.PartitionCount));
        Assert.Empty(_catalog.Log);
        Assert.Empty(_catalog.View.Topics);
        Refused(ErrorCode.InvalidPartitions, _catalog.Create(_catalog.Wanted("a", 0) with { ValidateOnly = true }));
    }

    [Fact]
    public void A_topic_is_deleted_by_name_or_by_id()
    {
        var first = _catalog.Create("a").Topic!;
        var second = _catalog.Create("b").Topic!;
        Assert.Equal(first.TopicId, _catalog.Turn(CatalogCommand.DeleteTopic("a"))[0].Topic!.TopicId);
        Assert.Equal(second.Name, _catalog.Turn(CatalogCommand.DeleteTopic(second.TopicId))[0].Topic!.Name);
        Assert.Empty(_catalog.View.Topics);
        Refused(ErrorCode.UnknownTopicOrPartition, _catalog.Turn(CatalogCommand.DeleteTopic("a"))[0]);
        Refused(ErrorCode.UnknownTopicId, _catalog.Turn(CatalogCommand.DeleteTopic(second.TopicId))[0]);
    }

    [Fact]
    public void A_topic_that_is_created_again_is_another()
    {
        var first = _catalog.Create("a", ("retention.ms", "5")).Topic!;
        _catalog.Turn(CatalogCommand.DeleteTopic("a"));
        var second = _catalog.Create("a").Topic!;
        Assert.NotEqual(first.TopicId, second.TopicId);
        Assert.Empty(second.Config.Overrides);
        Refused(ErrorCode.UnknownTopicId, _catalog.Turn(CatalogCommand.DeleteTopic(first.TopicId))[0]);
    }

    [Fact]
    public void An_id_that_was_used_breaks_an_invariant()
    {
        var topic = _catalog.Create("a").Topic!;
        Assert.Throws<InvariantBrokenException>(() => _catalog.Create(new NewTopic { Name = "b", TopicId = topic.TopicId }));
        Assert.Throws<InvariantBrokenException>(() => _catalog.Create(new NewTopic { Name = "b", TopicId = TopicId.None }));
    }

    [Fact]
    public void A_view_never_changes_after_it_was_handed_out()
    {
        var before = _catalog.View;
        _catalog.Create("a");
        _catalog.Reserve();
        Assert.Empty(before.Topics);
        Assert.Equal(0, before.NextProducerId.Value);
        Assert.Single(_catalog.View.Topics);
        Assert.Same(_catalog.View, _catalog.View);
    }

    [Fact]
    public void The_facts_of_one_decision_are_one_batch_with_a_sound_checksum()
    {
        _catalog.Create("a", ("retention.ms", "5"), ("cleanup.policy", "compact"));
        _catalog.Reserve();
        var headers = _catalog.Log.Select(Partition.HeaderOf).ToArray();
        Assert.Equal([(0L, 3), (3L, 1)], headers.Select(header => (header.BaseOffset, header.RecordCount)));
        Assert.All(_catalog.Log, batch => Assert.True(RecordBatch.HasValidCrc(batch)));
    }

    static class Partition
    {
        public static RecordBatchHeader HeaderOf(byte[] batch)
        {
            Assert.True(RecordBatchHeader.TryRead(batch, out var header));
            return header;
        }
    }

    [Fact]
    public void The_live_state_equals_the_replayed_state()
    {
        var random = new Random(3);
        var catalog = new TestCatalog();
        var snapshots = new List<(byte[] Bytes, long Offset)>();
        for (var step = 0; step < 400; step++)
        {
            var name = $"t{random.Next(30)}";
            if (random.Next(5) == 0) catalog.Reserve();
            else if (random.Next(3) == 0) catalog.Turn(CatalogCommand.DeleteTopic(name));
            else catalog.Create(name, ("retention.ms", $"{random.Next(1000)}"), ("segment.ms", random.Next(2) == 0 ? "70" : "0"));
            if (random.Next(40) == 0) snapshots.Add((catalog.Save(), End(catalog)));
        }
        Assert.True(snapshots.Count > 3 && catalog.Log.Count > 100);
        Assert.Equal(catalog.Save(), TestCatalog.Save(catalog.Rebuilt()));
        foreach (var (bytes, offset) in snapshots) Assert.Equal(catalog.Save(), TestCatalog.Save(catalog.Rebuilt(bytes, offset)));
    }

    static long End(TestCatalog catalog) => Partition.HeaderOf(catalog.Log[^1]).NextOffset;

    [Fact]
    public void A_damaged_snapshot_is_refused_and_changes_nothing()
    {
        _catalog.Create("abc", ("retention.ms", "5"));
        _catalog.Reserve();
        var whole = _catalog.Save();
        var machine = new CatalogMachine(new CatalogOptions());
        for (var length = 0; length < whole.Length; length++) Assert.False(machine.TryLoad(whole.AsSpan(0, length), default), $"{length} bytes");
        Assert.False(machine.TryLoad([.. whole, 0], default));
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0xff;
            new CatalogMachine(new CatalogOptions()).TryLoad(damaged, default);
        }
        Assert.Same(CatalogView.Empty, machine.View);
        Assert.True(machine.TryLoad(whole, default));
        Assert.Equal(_catalog.Random.Value + 1_000, machine.View.NextProducerId.Value);
    }

    [Fact]
    public void A_log_that_begins_above_what_a_machine_knows_breaks_an_invariant()
    {
        _catalog.Create("a");
        var machine = new CatalogMachine(new CatalogOptions());
        Assert.Throws<InvariantBrokenException>(() => machine.StartMoved(1));
    }

    [Fact]
    public void A_fact_that_is_not_known_here_breaks_an_invariant()
    {
        _catalog.Create("a");
        var batch = (byte[])_catalog.Log[0].Clone();
        // The record's key is its type: length, attributes, two deltas and the key's length lie before it.
        batch[RecordBatchHeader.Size + 6] = 77;
        Assert.Throws<InvariantBrokenException>(() => new CatalogMachine(new CatalogOptions()).Evolve(Partition.HeaderOf(batch), batch, default));
    }

    [Fact]
    public void An_unknown_command_breaks_an_invariant() => Assert.Throws<InvariantBrokenException>(() => _catalog.Turn(new CatalogCommand { Kind = (CatalogCommandKind)99 }));
}
