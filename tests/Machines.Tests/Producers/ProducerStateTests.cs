using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Tests.Producers;

public class ProducerStateTests
{
    static ProducerState Fresh() => new(new ProducerId(1), new ProducerEpoch(0));

    static CachedBatch[] Batches(in ProducerState state)
    {
        var batches = new CachedBatch[ProducerState.MaxBatches];
        return batches[..state.Batches(batches)];
    }

    [Fact]
    public void The_five_last_batches_are_kept_the_newest_first()
    {
        var state = Fresh();
        for (var i = 0; i < 8; i++) state.Push(i * 10, 100 + i * 10, 9, 5_000, TimestampType.CreateTime);
        var kept = Batches(state);
        Assert.Equal([70, 60, 50, 40, 30], kept.Select(batch => batch.BaseSequence));
        Assert.Equal([79, 69, 59, 49, 39], kept.Select(batch => batch.LastSequence));
        Assert.Equal([170L, 160, 150, 140, 130], kept.Select(batch => batch.BaseOffset));
        Assert.All(kept, batch => Assert.Equal(-1, batch.AppendTime));
    }

    [Fact]
    public void Sequences_are_counted_back_across_the_wrap()
    {
        var state = Fresh();
        state.Push(int.MaxValue - 4, 0, 2, 0, TimestampType.CreateTime);
        state.Push(int.MaxValue - 1, 3, 3, 0, TimestampType.CreateTime);
        state.Push(2, 7, 0, 0, TimestampType.CreateTime);
        Assert.Equal([(2, 2), (int.MaxValue - 1, 1), (int.MaxValue - 4, int.MaxValue - 2)], Batches(state).Select(batch => (batch.BaseSequence, batch.LastSequence)));
    }

    [Fact]
    public void A_batch_that_does_not_follow_is_the_only_one_known()
    {
        var state = Fresh();
        state.Push(0, 0, 0, 0, TimestampType.CreateTime);
        state.Push(9, 1, 0, 0, TimestampType.CreateTime);
        Assert.Equal([9], Batches(state).Select(batch => batch.BaseSequence));
    }

    [Fact]
    public void Append_times_stay_what_they_were_while_later_batches_and_markers_move_the_last_timestamp()
    {
        var state = Fresh();
        state.Push(0, 0, 0, 1_000, TimestampType.LogAppendTime);
        state.Push(1, 1, 0, 4_000, TimestampType.LogAppendTime);
        state.MoveTimestamp(9_000);
        state.Push(2, 2, 0, 3_000, TimestampType.CreateTime);
        state.Push(3, 3, 0, 9_500, TimestampType.LogAppendTime);
        Assert.Equal([9_500L, -1, 4_000, 1_000], Batches(state).Select(batch => batch.AppendTime));
        Assert.Equal(9_500, state.LastTimestamp);
    }

    [Fact]
    public void An_append_time_that_is_too_far_away_to_be_kept_is_unknown_and_never_wrong()
    {
        var state = Fresh();
        state.Push(0, 0, 0, 1_000, TimestampType.LogAppendTime);
        state.Push(1, 1, 0, 1_001L + int.MaxValue, TimestampType.LogAppendTime);
        Assert.Equal([1_001L + int.MaxValue, -1], Batches(state).Select(batch => batch.AppendTime));
    }

    [Fact]
    public void A_new_epoch_forgets_the_batches_of_the_old_one()
    {
        var state = Fresh();
        state.Push(0, 0, 0, 0, TimestampType.CreateTime);
        state.BeginEpoch(new ProducerEpoch(1));
        Assert.Equal(-1, state.LastSequence);
        Assert.False(state.TryFind(0, 0, ProducerState.MaxBatches, out _));
    }
}
