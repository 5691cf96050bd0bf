using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Producing.Accumulation;

public class WaitingRoomTests
{
    static readonly (string, string)[] Small = [("buffer.memory", "40000"), ("max.request.size", "20000"), ("batch.size", "10000"), ("max.block.ms", "60000")];

    readonly AccumulatorRig _rig = new(Small);
    readonly WaitingRoom _room;

    public WaitingRoomTests() => _room = new WaitingRoom(_rig.Batches, _rig.Memory, _rig.Generations, _rig.Reports.Refused, () => _rig.Admission.ClosedBy, _rig.Time);

    WaitingRecord Enter(TopicAccumulator topic, AppendOutcome because, CancellationToken cancellation = default, int bytes = 9000, int? partition = 0)
    {
        var waiting = new WaitingRecord(topic, AccumulatorRig.Record(bytes, partition), default, isAwaited: true, _rig.Now);
        _room.Enter(waiting, because, cancellation);
        return waiting;
    }

    void FillMemory(TopicAccumulator topic)
    {
        while (topic.TryAppend(AccumulatorRig.Record(9000), default, out _) != AppendOutcome.NeedsMemory) ;
    }

    [Fact]
    public async Task Those_who_wait_for_memory_are_let_in_in_the_order_in_which_they_came()
    {
        var topic = _rig.Topic();
        FillMemory(topic);
        var before = _rig.Sealed.ToArray();
        var waiting = Enumerable.Range(0, 10).Select(_ => Enter(topic, AppendOutcome.NeedsMemory).Task).ToArray();
        Assert.Contains(new MemoryWanted(true), _rig.Posted);
        Assert.True(_room.MustQueue(topic));
        for (var next = 0; next < waiting.Length; next++)
        {
            Assert.All(waiting.Skip(next + 3), later => Assert.False(later.IsCompleted));
            _rig.Finish(next < before.Length ? before[next] : _rig.Sealed[next]);
            var delivery = await waiting[next];
            Assert.Equal(0, delivery.TopicPartition.Partition);
            Assert.True(_rig.Memory.Used <= 40_000);
        }
    }

    [Fact]
    public async Task Whoever_waits_longer_than_allowed_fails_and_nothing_of_the_record_was_sent()
    {
        var topic = _rig.Topic();
        FillMemory(topic);
        var waiting = Enter(topic, AppendOutcome.NeedsMemory);
        _rig.Now = TimeSpan.FromSeconds(60);
        _rig.Time.Advance(TimeSpan.FromSeconds(60));
        var failure = await Assert.ThrowsAsync<ProduceException>(() => waiting.Task);
        Assert.Equal((LocalErrorCode.QueueFull, PersistenceStatus.NotPersisted, ErrorClass.Retriable), (failure.Error.LocalCode, failure.Status, failure.Class));
        Assert.False(_room.MustQueue(topic));
    }

    [Fact]
    public async Task A_record_whose_wait_is_cancelled_is_withdrawn_and_the_next_is_let_in()
    {
        var topic = _rig.Topic();
        FillMemory(topic);
        using var cancellation = new CancellationTokenSource();
        var withdrawn = Enter(topic, AppendOutcome.NeedsMemory, cancellation.Token);
        var next = Enter(topic, AppendOutcome.MustQueue);
        cancellation.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(() => withdrawn.Task);
        _rig.Finish(_rig.Sealed[0]);
        await next.Task;
    }

    [Fact]
    public async Task A_call_with_a_partition_stands_behind_one_that_waits_for_the_same_topic()
    {
        var topic = _rig.UnknownTopic("t");
        var first = Enter(topic, AppendOutcome.NeedsMetadata, bytes: 1, partition: null);
        Assert.True(_room.MustQueue(topic));
        Assert.False(_room.MustQueue(_rig.Topic()));
        var second = Enter(topic, AppendOutcome.MustQueue, bytes: 1);
        AccumulatorRig.Learn(topic, 1);
        _room.Serve();
        await first.Task;
        await second.Task;
        Assert.Equal(2, _rig.Opened.Single().Builder.RecordCount);
    }

    [Fact]
    public async Task A_record_that_waits_keeps_the_headers_that_it_was_given()
    {
        var topic = _rig.UnknownTopic("t");
        byte[] value = [1];
        var headers = new Headers();
        headers.Add("given", value);
        headers.Add("null", null);
        var waiting = new WaitingRecord(topic, new RawRecord { Value = new byte[1], Partition = 0, Headers = headers }, default, isAwaited: true, _rig.Now);
        _room.Enter(waiting, AppendOutcome.NeedsMetadata, CancellationToken.None);
        value[0] = 2;
        headers.Add("later", null);
        AccumulatorRig.Learn(topic, 1);
        _room.Serve();
        await waiting.Task;
        topic.Partitions[0].Seal(_rig.Generations.Current);
        Assert.Equal([("given", "01"), ("null", null)], HeadersOfFirst(_rig.Sealed.Single()));
    }

    static List<(string Key, string? Value)> HeadersOfFirst(BufferedBatch batch)
    {
        using var records = new RecordBatchReader(batch.Builder.Bytes.Span);
        Assert.True(records.MoveNext());
        return [.. records.Headers.ToArray().Select(static header => (header.Key, header.Value is { } value ? Convert.ToHexString(value.Span) : null))];
    }

    [Fact]
    public async Task One_topic_that_is_not_known_does_not_keep_others_waiting()
    {
        var unknown = _rig.UnknownTopic("u");
        var known = _rig.Topic();
        Enter(unknown, AppendOutcome.NeedsMetadata);
        await Enter(known, AppendOutcome.MustQueue, bytes: 1).Task;
    }

    [Fact]
    public async Task A_topic_that_never_came_is_named()
    {
        var waiting = Enter(_rig.UnknownTopic("u"), AppendOutcome.NeedsMetadata);
        _rig.Now = TimeSpan.FromSeconds(60);
        _rig.Time.Advance(TimeSpan.FromSeconds(60));
        var failure = await Assert.ThrowsAsync<ProduceException>(() => waiting.Task);
        Assert.Equal(LocalErrorCode.UnknownTopic, failure.Error.LocalCode);
        Assert.Contains("u", failure.Message);
    }

    [Fact]
    public async Task A_closed_room_lets_nobody_in()
    {
        var topic = _rig.Topic();
        FillMemory(topic);
        var waiting = Enter(topic, AppendOutcome.NeedsMemory);
        _room.Close();
        Assert.Equal(LocalErrorCode.Closed, (await Assert.ThrowsAsync<ProduceException>(() => waiting.Task)).Error.LocalCode);
        Assert.Throws<ProduceException>(() => Enter(topic, AppendOutcome.NeedsMemory));
    }
}
