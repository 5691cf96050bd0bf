using System.Buffers;
using System.Buffers.Binary;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Catalog;

/// <summary>
/// Which topics there are, with which partitions and configurations, which producer ids have been handed out, and how the cluster is named. A fold over the catalog's own log,
/// which is never trimmed; it is loaded from the newest snapshot and everything after it, like every machine.
/// A block of producer ids is durable before the first of them is used, so a crash loses ids and never repeats one; the first block of all lies where chance put it, so
/// a catalog that begins anew repeats none of the one before.
/// A topic becomes a fact when all its logs are there.
/// </summary>
public sealed class CatalogMachine : IMachine<CatalogCommand, CatalogReply, CatalogView>
{
    readonly CatalogOptions _options;
    CatalogState _state = new();
    CatalogView? _view = CatalogView.Empty;

    /// <exception cref="ArgumentException">The options contradict each other or name what is not there.</exception>
    public CatalogMachine(CatalogOptions options)
    {
        if (options.Refusal() is { } refusal) throw new ArgumentException(refusal, nameof(options));
        _options = options;
    }

    public CatalogView View => _view ??= _state.View();

    /// <summary>The catalog waits for nothing.</summary>
    public TimeSpan? NextDeadline => null;

    public void Decide(in CatalogCommand command, Moment now, TurnOutput<CatalogReply> output)
    {
        switch (command.Kind)
        {
            case CatalogCommandKind.CreateTopic:
                CreateTopic(command.NewTopic!, now.Wall, output);
                break;
            case CatalogCommandKind.DeleteTopic:
                DeleteTopic(command.TopicName, command.TopicId, now.Wall, output);
                break;
            case CatalogCommandKind.ReserveProducerIds:
                ReserveProducerIds(command.FirstProducerId, now.Wall, output);
                break;
            case CatalogCommandKind.NameCluster:
                NameCluster(command.ClusterId!, now.Wall, output);
                break;
            default:
                throw new InvariantBrokenException($"the catalog knows the command {command.Kind}");
        }
    }

    void CreateTopic(NewTopic wanted, Instant now, TurnOutput<CatalogReply> output)
    {
        if (NewTopicRule.Refusal(wanted, _state, _options, out var partitionCount) is { } refusal)
        {
            output.Reply(refusal);
            return;
        }
        Invariant.Check(!wanted.NextProducerId.IsNone, "a new topic knows which producers come after it");
        Invariant.Check(!wanted.TopicId.IsNone && _state.Find(wanted.TopicId) is null, "a new topic has an id of its own");
        var overrides = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in wanted.Configs) overrides[name] = value!.Trim();
        var topic = new CatalogTopic(wanted.Name, wanted.TopicId, partitionCount, new TopicConfig(overrides, _options.TopicDefaults))
        {
            HasLogs = true,
            IsInternal = wanted.IsInternal,
            ProducersSince = wanted.NextProducerId,
        };
        if (!wanted.ValidateOnly) output.Append(FactsOf(topic, overrides, now));
        output.Reply(CatalogReply.Done(topic));
    }

    byte[] FactsOf(CatalogTopic topic, SortedDictionary<string, string> overrides, Instant now)
    {
        using var batch = new CatalogBatch();
        batch.Add(new TopicRecord
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            PartitionCount = topic.PartitionCount,
            NextProducerId = topic.ProducersSince,
            IsInternal = topic.IsInternal,
        }, now);
        foreach (var (name, value) in overrides)
            batch.Add(new TopicConfigRecord { TopicId = topic.TopicId, Name = name, Value = value }, now);
        return batch.Close(_state.EndOffset);
    }

    void DeleteTopic(string? name, TopicId topicId, Instant now, TurnOutput<CatalogReply> output)
    {
        if ((name is not null ? _state.Find(name) : _state.Find(topicId)) is not { } topic)
        {
            output.Reply(name is not null
                ? CatalogReply.Failed(ErrorCode.UnknownTopicOrPartition, $"there is no topic '{name}'")
                : CatalogReply.Failed(ErrorCode.UnknownTopicId, $"there is no topic with the id {topicId}"));
            return;
        }
        if (topic.IsInternal)
        {
            output.Reply(CatalogReply.Failed(ErrorCode.InvalidTopicException, $"'{topic.Name}' is a topic of the broker's own: without it what it remembers would be lost, so it is not deleted"));
            return;
        }
        output.Append(Fact(new RemoveTopicRecord { TopicId = topic.TopicId }, now));
        output.Reply(CatalogReply.Done(topic));
    }

    void ReserveProducerIds(ProducerId random, Instant now, TurnOutput<CatalogReply> output)
    {
        Invariant.Check(ProducerIdSpace.CanBeFirst(random), "a first producer id is one of its space");
        var isFirst = _state.FirstProducerId.IsNone;
        var first = isFirst ? random : _state.NextProducerId;
        if (first.Value > long.MaxValue - _options.ProducerIdBlockSize)
        {
            output.Reply(CatalogReply.Failed(ErrorCode.UnknownServerError, "all producer ids have been handed out"));
            return;
        }
        var next = new ProducerId(first.Value + _options.ProducerIdBlockSize);
        output.Append(Fact(new ProducerIdsRecord { NextProducerId = next, FirstProducerId = isFirst ? first : _state.FirstProducerId }, now));
        output.Reply(new CatalogReply { Error = ErrorCode.None, FirstProducerId = first, ProducerIdCount = _options.ProducerIdBlockSize });
    }

    void NameCluster(string clusterId, Instant now, TurnOutput<CatalogReply> output)
    {
        if (_state.ClusterId is null) output.Append(Fact(new ClusterIdRecord { ClusterId = clusterId }, now));
        output.Reply(CatalogReply.Named(_state.ClusterId ?? clusterId));
    }

    byte[] Fact<T>(T fact, Instant now) where T : ILogRecord
    {
        using var batch = new CatalogBatch();
        batch.Add(fact, now);
        return batch.Close(_state.EndOffset);
    }

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        using (var records = new RecordBatchReader(batch))
        {
            while (records.MoveNext()) Apply(BinaryPrimitives.ReadInt16BigEndian(records.Key), records.Value.ToArray());
        }
        _state.EndOffset = header.NextOffset;
        _view = null;
    }

    void Apply(short type, byte[] value)
    {
        if (type == TopicRecord.RecordType) _state.Apply(LogRecordValue.Read<TopicRecord>(value), _options.TopicDefaults);
        else if (type == TopicConfigRecord.RecordType) _state.Apply(LogRecordValue.Read<TopicConfigRecord>(value), _options.TopicDefaults);
        else if (type == RemoveTopicRecord.RecordType) _state.Apply(LogRecordValue.Read<RemoveTopicRecord>(value));
        else if (type == ProducerIdsRecord.RecordType) _state.Apply(LogRecordValue.Read<ProducerIdsRecord>(value));
        else if (type == ClusterIdRecord.RecordType) _state.Apply(LogRecordValue.Read<ClusterIdRecord>(value));
        // Passing over a fact would make another state of the same log. A newer version wrote it, and has to read it.
        else throw new InvariantBrokenException($"the catalog's log has only facts known here, not one of type {type}");
    }

    public void StartMoved(long offset) => Invariant.Check(offset <= _state.EndOffset, "the catalog's log is never trimmed below what its snapshot covers");

    public void Save(IBufferWriter<byte> snapshot, Moment now) => CatalogSnapshot.Write(_state, snapshot);

    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now)
    {
        if (!CatalogSnapshot.TryRead(snapshot, _options.TopicDefaults, out var state)) return false;
        _state = state;
        _view = null;
        return true;
    }
}
