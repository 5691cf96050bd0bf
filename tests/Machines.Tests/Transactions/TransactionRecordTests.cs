using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Transactions;

/// <summary>The records are Kafka's own, so that its tools read them.</summary>
public class TransactionRecordTests
{
    static List<(TransactionLogKey Key, TransactionLogValue? Value)> Read(TestCoordinator coordinator)
    {
        var found = new List<(TransactionLogKey, TransactionLogValue?)>();
        foreach (var batch in coordinator.Log)
        {
            using var records = new RecordBatchReader(batch);
            while (records.MoveNext())
            {
                var key = new TransactionLogKey();
                var reader = new WireReader(records.Key.ToArray());
                Assert.Equal(0, reader.ReadInt16());
                key.Read(ref reader, 0);
                if (records.ValueIsNull)
                {
                    found.Add((key, null));
                    continue;
                }
                var value = new TransactionLogValue();
                reader = new WireReader(records.Value.ToArray());
                Assert.Equal(1, reader.ReadInt16());
                value.Read(ref reader, 1);
                found.Add((key, value));
            }
        }
        return found;
    }

    [Fact]
    public void One_transaction_leaves_four_records()
    {
        var coordinator = new TestCoordinator();
        var held = coordinator.Init().Held;
        var began = coordinator.Now.Wall.UnixMilliseconds;
        coordinator.Add(held, [TestCoordinator.Part(1), TestCoordinator.Part(0), TestCoordinator.Part(3, "__consumer_offsets"), TestCoordinator.Part(0, incarnation: 2)], version: 2);
        coordinator.Advance(TimeSpan.FromSeconds(2));
        coordinator.End(held, true, TestCoordinator.New);
        coordinator.EndAll();
        var records = Read(coordinator);
        Assert.Equal([0, 1, 2, 4], records.Select(record => (int)record.Value!.TransactionStatus));
        Assert.All(records, record => Assert.Equal(TestCoordinator.Id, record.Key.TransactionalId.Value));
        Assert.Null(records[0].Value!.TransactionPartitions);
        Assert.Empty(records[3].Value!.TransactionPartitions!);
        var prepared = records[2].Value!;
        Assert.Equal((held.Item1, 1, 0, 60_000, began, began + 2000, 2), (prepared.ProducerId.Value, (int)prepared.ProducerEpoch.Value, (int)prepared.LastEpoch.Value,
            prepared.TransactionTimeoutMs, prepared.TransactionStartTimestampMs, prepared.TransactionLastUpdateTimestampMs, (int)prepared.ClientTransactionVersion));
        Assert.Equal(["orders 0,1", "orders 0", "__consumer_offsets 3"], prepared.TransactionPartitions!.Select(topic => $"{topic.Topic} {string.Join(',', topic.PartitionIds)}"));
        Assert.All(prepared.TransactionPartitions!, topic => Assert.False(topic.TopicId.IsNone));
    }

    [Fact]
    public void Facts_come_back_as_they_were_written()
    {
        var facts = new TestCoordinator().At(500, 32767, TransactionState.PrepareAbort) with
        {
            LastEpoch = new(32766), NextProducerId = new(9), PreviousProducerId = new(8), StartMs = 12, TransactionVersion = 2, EndReason = EndReason.Administrator,
            Participants = ParticipantSet.Of([TestCoordinator.Part(0), TestCoordinator.Part(0, incarnation: 2), TestCoordinator.Part(3, "__consumer_offsets")]),
        };
        var read = TransactionRecord.ReadValue(TransactionRecord.Value(facts));
        Assert.Equal(facts.Participants, read.Participants);
        Assert.Equal(facts with { Participants = ParticipantSet.Empty }, read with { Participants = ParticipantSet.Empty });
        Assert.Equal("ö", TransactionRecord.ReadKey(TransactionRecord.Key(new("ö"))).Value);
    }

    [Fact]
    public void Records_of_Kafka_before_KIP_890_are_read()
    {
        var old = new TransactionLogValue { ProducerId = new(5), ProducerEpoch = new(3), TransactionTimeoutMs = 7, TransactionStatus = 1, TransactionStartTimestampMs = 9 };
        old.TransactionPartitions!.Add(new() { Topic = "orders", PartitionIds = [2] });
        var facts = TransactionRecord.ReadValue(VersionedData.ToBytes(old, 0));
        Assert.Equal((TransactionState.Ongoing, 5L, 3, -1, -1L), (facts.State, facts.ProducerId.Value, (int)facts.Epoch.Value, (int)facts.LastEpoch.Value, facts.NextProducerId.Value));
        Assert.Equal([new Participant(ParticipantKind.Partition, "orders", TopicId.None, 2)], facts.Participants);
    }

    [Fact]
    public void A_forgotten_id_is_a_key_without_a_value()
    {
        var coordinator = new TestCoordinator();
        coordinator.Init();
        coordinator.Advance(TimeSpan.FromDays(8));
        Assert.Null(Read(coordinator)[^1].Value);
    }
}
