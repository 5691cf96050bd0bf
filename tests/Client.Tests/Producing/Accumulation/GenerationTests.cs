using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Accumulation;

/// <summary>Which records a flush, or a transaction, has: exactly those accepted before its seal.</summary>
public class GenerationTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly Verdict Failed = Verdict.NotPersisted(new Error(LocalErrorCode.DeliveryTimeout, "too late"), ErrorClass.Retriable);

    readonly AccumulatorRig _rig = new(("buffer.memory", "40000"), ("max.request.size", "20000"), ("batch.size", "10000"));

    Admission Admission => _rig.Admission;

    void Learn(int partitions = 1) => AccumulatorRig.Learn(Admission.Topics.Get("t"), partitions);

    void Append(Generation? only = null, int partition = 0) => Assert.True(Admission.TryAppend("t", AccumulatorRig.Record(10, partition), only, out _));

    void End(int batch, Verdict? verdict = null)
    {
        var ended = _rig.Opened[batch];
        _rig.Reports.Ended(ended, verdict ?? Verdict.Persisted(0, -1));
        _rig.Finish(ended);
    }

    [Fact]
    public async Task A_seal_covers_all_partitions_and_ends_with_the_last_of_their_batches()
    {
        Learn(partitions: 3);
        for (var partition = 0; partition < 3; partition++) Append(partition: partition);
        var generation = Admission.Seal();
        Assert.Equal(3, _rig.Sealed.Count);
        Append();
        End(0);
        End(1);
        Assert.False(generation.Ended.IsCompleted);
        End(2, Failed);
        var result = await generation.Ended.WaitAsync(Patience);
        Assert.Equal((2, 1, "too late"), (result.Delivered, result.Failed, result.FirstError!.Message));
        Assert.NotEqual(generation, Admission.Current);
    }

    [Fact]
    public async Task A_generation_without_records_ends_at_once() =>
        Assert.Equal(new FlushResult(0, 0, null), await Admission.Seal().Ended.WaitAsync(Patience));

    [Fact]
    public async Task Flushes_at_the_same_time_are_independent_of_each_other()
    {
        Learn();
        Append();
        var first = Admission.FlushAsync(isWatched: true);
        Append();
        Append();
        var second = Admission.FlushAsync(isWatched: true);
        var third = Admission.FlushAsync(isWatched: true);
        Append();
        // The later batch ends before the earlier one.
        End(1, Failed);
        Assert.False(second.IsCompleted);
        Assert.False(first.IsCompleted);
        End(0);
        Assert.Equal((1, 0), ((await first.WaitAsync(Patience)).Delivered, (await first).Failed));
        // What had not ended when it was called counts for it, too.
        Assert.Equal((1, 2), ((await second.WaitAsync(Patience)).Delivered, (await second).Failed));
        Assert.Equal((1, 2), ((await third.WaitAsync(Patience)).Delivered, (await third).Failed));
        // And what was accepted after its call does not.
        Assert.False(Admission.Seal().Ended.IsCompleted);
    }

    [Fact]
    public void A_record_for_a_sealed_generation_is_refused_and_leaves_nothing_behind()
    {
        Learn();
        var generation = Admission.Current;
        Append(generation);
        Assert.Equal(generation, Admission.Seal(partition => new InvalidOperationException($"ended before {partition}")));
        var (posted, used) = (_rig.Posted.Count, _rig.Memory.Used);
        var refused = Assert.Throws<InvalidOperationException>(() => Append(generation));
        Assert.Equal("ended before t-0", refused.Message);
        Assert.Equal((posted, used), (_rig.Posted.Count, _rig.Memory.Used));
        // The next generation takes it, and without the late one.
        Append(Admission.Current);
        Admission.Seal();
        Assert.Equal([1, 1], _rig.Sealed.Select(batch => batch.Builder.RecordCount));
    }

    [Fact]
    public void A_record_that_comes_before_the_seal_has_reached_its_partition_is_part_of_the_next_generation()
    {
        Learn();
        Append();
        var was = Admission.Room.Seal(isWatched: true, null)[^1];
        Append(Admission.Current);
        Admission.Topics.Partitions.Single().Seal(was);
        Assert.Equal([was, Admission.Current], _rig.Opened.Select(batch => batch.Group.Generation));
        Assert.Equal([_rig.Opened[0]], _rig.Sealed);
    }

    [Fact]
    public void A_generation_may_refuse_records_before_it_is_sealed_and_the_first_reason_stays()
    {
        Learn();
        var generation = Admission.Current;
        Append(generation);
        generation.Refuse(_ => new InvalidOperationException("first"));
        generation.Refuse(_ => new InvalidOperationException("second"));
        Assert.Equal("first", Assert.Throws<InvalidOperationException>(() => Append(generation)).Message);
        Admission.Seal(_ => new InvalidOperationException("third"));
        Assert.Equal("first", Assert.Throws<InvalidOperationException>(() => Append(generation)).Message);
    }

    [Fact]
    public async Task What_waits_for_its_place_when_its_generation_is_sealed_belongs_to_it_and_what_comes_later_is_refused()
    {
        var generation = Admission.Current;
        var reported = new List<PersistenceStatus>();
        Admission.Append("t", AccumulatorRig.Record(10), generation, new DeliveryCallback<Null, byte[]>(report => reported.Add(report.Status), default));
        var awaited = Admission.AppendAsync("t", AccumulatorRig.Record(10), generation, default).AsTask();
        var free = Admission.AppendAsync("t", AccumulatorRig.Record(10), null, default).AsTask();
        Admission.Seal(_ => new InvalidOperationException("too late"));
        Assert.False(awaited.IsCompleted);
        Assert.False(generation.Ended.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Admission.AppendAsync("t", AccumulatorRig.Record(10), generation, default).AsTask().WaitAsync(Patience));
        Learn();
        Admission.Room.Serve();
        await Task.WhenAll(awaited, free).WaitAsync(Patience);
        // A batch has records of one generation only, and that of the sealed one does not linger.
        Assert.Equal([generation, Admission.Current], _rig.Opened.Select(batch => batch.Group.Generation));
        Assert.Equal([_rig.Opened[0]], _rig.Sealed);
        End(0);
        Assert.Equal(2, (await generation.Ended.WaitAsync(Patience)).Delivered);
        await _rig.Pump.DrainAsync();
        Assert.Equal([PersistenceStatus.Persisted], reported);
    }

    [Fact]
    public async Task A_record_that_fails_while_it_waits_for_its_generation_fails_it_also_when_nobody_awaits_it()
    {
        var generation = Admission.Current;
        using var taken = new CancellationTokenSource();
        var withdrawn = Admission.AppendAsync("t", AccumulatorRig.Record(10), generation, taken.Token).AsTask();
        var refused = Admission.AppendAsync("t", AccumulatorRig.Record(10), generation, default).AsTask();
        var ended = Admission.Seal().Ended;
        await taken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn.WaitAsync(Patience));
        Assert.Null(generation.FirstError);
        Admission.Room.Fail(Admission.Topics.Get("t"), _ => true, record => Refusals.UnknownTopic(record.Name, ErrorCode.InvalidTopicException));
        Assert.Contains("InvalidTopicException", (await Assert.ThrowsAsync<ProduceException>(() => refused.WaitAsync(Patience))).Message);
        Assert.NotNull(generation.FirstError);
        Assert.Equal((0, 1), ((await ended.WaitAsync(Patience)).Delivered, (await ended).Failed));
    }

    [Fact]
    public async Task A_record_of_Produce_that_fails_while_it_waits_fails_its_generation()
    {
        var generation = Admission.Current;
        var told = new List<string>();
        generation.Failed = failure => told.Add(failure.Message);
        Admission.Append("t", AccumulatorRig.Record(10), generation, null);
        Admission.Room.Fail(Admission.Topics.Get("t"), _ => true, record => Refusals.UnknownTopic(record.Name, ErrorCode.InvalidTopicException));
        Assert.Contains("InvalidTopicException", Assert.Single(told));
        Assert.NotNull(generation.FirstError);
        Assert.Equal((0, 1), ((await Admission.Seal().Ended.WaitAsync(Patience)).Delivered, (await generation.Ended).Failed));
    }

    [Fact]
    public void The_first_failure_is_told_at_once_and_once()
    {
        Learn();
        var told = new List<string>();
        Admission.Current.Failed = failure => told.Add(failure.Message);
        var generation = Admission.Current;
        Append();
        Append();
        _rig.Reports.Ended(_rig.Opened[0], 1, Failed);
        Assert.Equal(["too late"], told);
        _rig.Reports.Ended(_rig.Opened[0], 0, Verdict.NotPersisted(new Error(LocalErrorCode.ConnectionLost, "later"), ErrorClass.Retriable));
        Assert.Equal(["too late"], told);
        Assert.Equal("too late", generation.FirstError!.Message);
    }

    /// <summary>Many callers, seals between them: each record is in the generation that it was accepted in, and none is in two or in none.</summary>
    [Fact]
    public async Task Under_seals_at_any_moment_every_record_belongs_to_the_generation_it_was_given_for()
    {
        var rig = new AccumulatorRig(("buffer.memory", "100000000"));
        AccumulatorRig.Learn(rig.Admission.Topics.Get("t"), 4);
        var accepted = new long[2000];
        var refused = 0;
        var isOver = false;
        var callers = Enumerable.Range(0, 3).Select(caller => Task.Run(() =>
        {
            for (var number = 0; !Volatile.Read(ref isOver); number++)
            {
                var generation = rig.Admission.Current;
                try
                {
                    Assert.True(rig.Admission.TryAppend("t", AccumulatorRig.Record(8, number % 4), generation, out _));
                    Interlocked.Increment(ref accepted[generation.Number]);
                }
                catch (ProduceException late) when (late.Error.LocalCode == LocalErrorCode.Closed)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToArray();
        var generations = new List<Generation>();
        while (generations.Count < 1000 || (Volatile.Read(ref refused) == 0 && generations.Count < 1990)) generations.Add(rig.Admission.Seal());
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(callers).WaitAsync(Patience);
        generations.Add(rig.Admission.Seal());
        foreach (var batch in rig.Opened) rig.Reports.Ended(batch, Verdict.Persisted(0, -1));
        foreach (var generation in generations) Assert.Equal(accepted[generation.Number], (await generation.Ended.WaitAsync(Patience)).Delivered);
        Assert.Equal(accepted.Sum(), rig.Sealed.Sum(batch => (long)batch.Builder.RecordCount));
    }
}
