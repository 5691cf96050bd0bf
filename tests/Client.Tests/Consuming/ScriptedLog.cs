using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>One partition of a <see cref="ScriptedBroker"/>: batches at their offsets, where they become visible, and which transactions were aborted.</summary>
internal sealed class ScriptedLog
{
    readonly Lock _gate = new();
    readonly List<(long Base, long Next, byte[] Bytes)> _batches = [];
    readonly List<(AbortedTransaction Entry, long Last)> _aborted = [];
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed record AbortedTransaction(long ProducerId, long FirstOffset);

    public long LogStart { get; set; }
    public long End { get; private set; }
    /// <summary>Null: everything is decided.</summary>
    public long? OpenFrom { get; private set; }
    public long LastStable => OpenFrom ?? End;

    /// <summary>What the next fetches are answered with instead of what is here; each once.</summary>
    public Queue<FetchResponse.PartitionData> Instead { get; } = new();

    /// <summary>Changes what a fetch sends of this log.</summary>
    public Func<byte[], byte[]>? Distort { get; set; }

    /// <summary>What a fetch from this offset is refused with; None where it is not.</summary>
    public Func<long, ErrorCode> Refuse { get; set; } = static _ => ErrorCode.None;

    public List<long> FetchedFrom { get; } = [];

    public ScriptedLog Append(params string[] values) => Add(Batches.Plain(End, values));
    public ScriptedLog Append(CompressionCodec codec, params string[] values) => Add(Batches.Of(End, values, codec: codec));

    public ScriptedLog Transactional(long producerId, CompressionCodec codec, params string[] values)
    {
        OpenFrom ??= End;
        return Add(Batches.Of(End, values, producerId, transactional: true, codec));
    }

    /// <summary>Ends the only open transaction, or one of several when others stay open from <paramref name="stillOpenFrom"/>.</summary>
    public ScriptedLog Commit(long producerId, long? stillOpenFrom = null) => Mark(producerId, commit: true, stillOpenFrom);

    public ScriptedLog Abort(long producerId, long? firstOffset, long? stillOpenFrom = null)
    {
        if (firstOffset is { } first) _aborted.Add((new AbortedTransaction(producerId, first), End));
        return Mark(producerId, commit: false, stillOpenFrom);
    }

    ScriptedLog Mark(long producerId, bool commit, long? stillOpenFrom)
    {
        OpenFrom = stillOpenFrom;
        return Add(Batches.Marker(End, producerId, commit));
    }

    public ScriptedLog Add(byte[] batch)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            RecordBatchHeader.TryRead(batch, out var header);
            _batches.Add((header.BaseOffset, header.NextOffset, batch));
            End = header.NextOffset;
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
        return this;
    }

    /// <summary>Ends offsets that nothing is at, as compaction leaves them.</summary>
    public ScriptedLog Skip(int count)
    {
        End += count;
        return this;
    }

    FetchResponse.PartitionData Read(FetchRequest.FetchPartition asked, IsolationLevel isolation, ref int bytesLeft)
    {
        lock (_gate)
        {
            FetchedFrom.Add(asked.FetchOffset);
            if (Instead.TryDequeue(out var instead)) return instead;
            var bound = isolation == IsolationLevel.ReadCommitted ? LastStable : End;
            if (asked.FetchOffset < LogStart || asked.FetchOffset > End)
                return new() { ErrorCode = ErrorCode.OffsetOutOfRange, HighWatermark = -1, LastStableOffset = -1, LogStartOffset = -1, AbortedTransactions = null };
            if (Refuse(asked.FetchOffset) is not ErrorCode.None and var refused) return new() { ErrorCode = refused, HighWatermark = -1, LastStableOffset = -1, LogStartOffset = -1, AbortedTransactions = null };
            var bytes = new List<byte>();
            foreach (var batch in _batches.Where(batch => batch.Next > asked.FetchOffset && batch.Base < bound))
            {
                // The first batch of an answer is sent however large it is.
                if (bytesLeft != int.MaxValue && batch.Bytes.Length > bytesLeft || bytes.Count > 0 && bytes.Count + batch.Bytes.Length > asked.PartitionMaxBytes) break;
                bytes.AddRange(batch.Bytes);
                bytesLeft -= batch.Bytes.Length;
            }
            return new()
            {
                HighWatermark = End, LastStableOffset = LastStable, LogStartOffset = LogStart,
                Records = bytes.Count == 0 ? ReadOnlyMemory<byte>.Empty : Distort?.Invoke([.. bytes]) ?? bytes.ToArray(),
                AbortedTransactions = isolation == IsolationLevel.ReadUncommitted ? null
                    : [.. _aborted.Where(entry => entry.Last >= asked.FetchOffset).Reverse().Select(entry => new FetchResponse.AbortedTransaction { ProducerId = new ProducerId(entry.Entry.ProducerId), FirstOffset = entry.Entry.FirstOffset })],
            };
        }
    }

    Task Changed { get { lock (_gate) return _changed.Task; } }

    long Offset(long timestamp, IsolationLevel isolation) => timestamp switch
    {
        -1 => isolation == IsolationLevel.ReadCommitted ? LastStable : End,
        -2 => LogStart,
        _ => _batches.FirstOrDefault(batch => RecordBatchHeader.TryRead(batch.Bytes, out var header) && header.MaxTimestamp >= timestamp) is { Bytes: not null } batch ? batch.Base : -1,
    };

    /// <summary>A topic whose partitions are these logs.</summary>
    public static void Serve(ScriptedBroker broker, string topic, params ScriptedLog[] logs) => Serve(broker, topic, new TopicId(Guid.NewGuid()), logs);

    public static void Serve(ScriptedBroker broker, string topic, TopicId id, params ScriptedLog[] logs)
    {
        broker.Topics[topic] = (id, logs.Length);
        broker.OnAsync<FetchRequest, FetchResponse>(async (request, _) =>
        {
            var asked = request.Topics.SelectMany(fetched => fetched.Partitions).ToArray();
            var changes = asked.Select(partition => logs[partition.Partition].Changed).ToArray();
            var answer = Answer(request, asked, logs);
            if (request.MaxWaitMs == 0 || answer.Exists(partition => partition.ErrorCode != ErrorCode.None || partition.Records is { Length: > 0 })) return Response(request, id, topic, answer);
            // A broker that waits for data, and answers at the latest when it was told to.
            await Task.WhenAny([.. changes, Task.Delay(request.MaxWaitMs)]);
            return Response(request, id, topic, Answer(request, asked, logs));
        });
        broker.On<ListOffsetsRequest, ListOffsetsResponse>((request, _) => new ListOffsetsResponse
        {
            Topics = [.. request.Topics.Select(listed => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = listed.Name,
                Partitions = [.. listed.Partitions.Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex, Offset = logs[partition.PartitionIndex].Offset(partition.Timestamp, request.IsolationLevel), LeaderEpoch = 0,
                })],
            })],
        });
    }

    static List<FetchResponse.PartitionData> Answer(FetchRequest request, FetchRequest.FetchPartition[] asked, ScriptedLog[] logs)
    {
        var answer = new List<FetchResponse.PartitionData>();
        var bytesLeft = int.MaxValue;
        foreach (var partition in asked)
        {
            var data = logs[partition.Partition].Read(partition, request.IsolationLevel, ref bytesLeft);
            if (data.Records is { Length: > 0 } && answer.TrueForAll(earlier => earlier.Records is not { Length: > 0 })) bytesLeft = request.MaxBytes - data.Records.Value.Length;
            data.PartitionIndex = partition.Partition;
            answer.Add(data);
        }
        return answer;
    }

    static FetchResponse Response(FetchRequest request, TopicId id, string topic, List<FetchResponse.PartitionData> partitions) => new()
    {
        Responses = partitions.Count == 0 ? [] : [new FetchResponse.FetchableTopicResponse { Topic = topic, TopicId = id, Partitions = partitions }],
    };
}
