using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Transactions;

/// <summary>
/// The facts of an id as a record of <c>__transaction_state</c>, in Kafka's own layout. Each record is complete in itself: of one id only the last counts, and one without
/// a value forgets it.
/// </summary>
internal static class TransactionRecord
{
    public static byte[] Key(TransactionalId id) => StateRecord.KeyBytes(new TransactionLogKey { TransactionalId = id });

    public static byte[] Value(in TransactionFacts facts)
    {
        var value = new TransactionLogValue
        {
            ProducerId = facts.ProducerId,
            PreviousProducerId = facts.PreviousProducerId,
            NextProducerId = facts.NextProducerId,
            ProducerEpoch = facts.Epoch,
            TransactionTimeoutMs = facts.TimeoutMs,
            TransactionStatus = (sbyte)facts.State,
            TransactionPartitions = facts.State == TransactionState.Empty ? null : Topics(facts.Participants),
            TransactionLastUpdateTimestampMs = facts.UpdatedMs,
            TransactionStartTimestampMs = facts.StartMs,
            ClientTransactionVersion = facts.TransactionVersion,
            LastEpoch = facts.LastEpoch,
            EndReason = (sbyte)facts.EndReason,
        };
        return VersionedData.ToBytes(value, TransactionLogValue.Versions.Highest);
    }

    static List<TransactionLogValue.PartitionsSchema> Topics(ParticipantSet participants)
    {
        var topics = new List<TransactionLogValue.PartitionsSchema>();
        foreach (var participant in participants)
        {
            if (topics.Count == 0 || topics[^1].TopicId != participant.TopicId || topics[^1].Topic != participant.Topic)
                topics.Add(new() { Topic = participant.Topic, TopicId = participant.TopicId });
            topics[^1].PartitionIds.Add(participant.Partition);
        }
        return topics;
    }

    public static TransactionalId ReadKey(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var type = reader.ReadInt16();
        // Passing over it would make another state of the same log. A newer version wrote it, and has to read it.
        Invariant.Check(type == TransactionLogKey.RecordType, "the log of transactions has only records known here");
        var key = new TransactionLogKey();
        key.Read(ref reader, TransactionLogKey.Versions.Highest);
        reader.RequireEnd(nameof(TransactionLogKey));
        return key.TransactionalId;
    }

    public static TransactionFacts ReadValue(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var version = reader.ReadInt16();
        if (!TransactionLogValue.Versions.Contains(version)) throw TransactionLogValue.Versions.Lacks(nameof(TransactionLogValue), version);
        var value = new TransactionLogValue();
        value.Read(ref reader, version);
        reader.RequireEnd(nameof(TransactionLogValue));
        return new()
        {
            State = (TransactionState)value.TransactionStatus,
            ProducerId = value.ProducerId,
            PreviousProducerId = value.PreviousProducerId,
            NextProducerId = value.NextProducerId,
            Epoch = value.ProducerEpoch,
            LastEpoch = value.LastEpoch,
            TimeoutMs = value.TransactionTimeoutMs,
            Participants = value.TransactionPartitions is { Count: > 0 } topics ? ParticipantSet.Of([.. topics.SelectMany(Participants)]) : ParticipantSet.Empty,
            StartMs = value.TransactionStartTimestampMs,
            UpdatedMs = value.TransactionLastUpdateTimestampMs,
            TransactionVersion = value.ClientTransactionVersion,
            EndReason = (EndReason)value.EndReason,
        };
    }

    static IEnumerable<Participant> Participants(TransactionLogValue.PartitionsSchema topic) =>
        topic.PartitionIds.Select(partition => Participant.Of(topic.Topic, topic.TopicId, partition));
}
