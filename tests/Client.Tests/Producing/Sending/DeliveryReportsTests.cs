using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Client.Tests.Producing.Accumulation;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>When the producer ends by a defect, everybody is told all the same: who awaits, handlers, flushes before and after.</summary>
public class DeliveryReportsTests
{
    static readonly Verdict Lost = Verdict.PossiblyPersisted(new Error(LocalErrorCode.Closed, "a defect"));

    readonly AccumulatorRig _rig = new(("batch.size", "1000"));
    readonly List<(PersistenceStatus, LocalErrorCode?)> _told = [];

    public DeliveryReportsTests() => AccumulatorRig.Learn(Topics.Get("t"), 2);

    TopicAccumulators Topics => _rig.Admission.Topics;

    Delivery Send(int partition, bool withHandler = false)
    {
        var callback = withHandler ? new DeliveryCallback<Null, byte[]>(report => _told.Add((report.Status, report.Error?.Error.LocalCode)), default) : null;
        Assert.True(Topics.Get("t").TryAppend(AccumulatorRig.Record(300, partition), new Offer(0, callback), out var delivery) is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch);
        return delivery;
    }

    Task<FlushResult> Flush() => _rig.Admission.FlushAsync(isWatched: true);

    [Fact]
    public async Task Records_that_have_not_ended_end_for_everybody()
    {
        // Two full batches and a begun one in the first partition, one with handlers in the second.
        var deliveries = Enumerable.Range(0, 7).Select(_ => Send(0)).ToList();
        for (var i = 0; i < 2; i++) deliveries.Add(Send(1, withHandler: true));
        var flush = Flush();
        deliveries.Add(Send(0));
        Assert.False(flush.IsCompleted);

        _rig.Reports.EndAll(Topics, Lost);
        foreach (var delivery in deliveries)
        {
            var failure = await Assert.ThrowsAsync<ProduceException>(async () => await delivery);
            Assert.Equal((PersistenceStatus.PossiblyPersisted, LocalErrorCode.Closed), (failure.Status, failure.Error.LocalCode));
        }
        await _rig.Pump.DrainAsync();
        Assert.Equal([(PersistenceStatus.PossiblyPersisted, LocalErrorCode.Closed), (PersistenceStatus.PossiblyPersisted, LocalErrorCode.Closed)], _told);
        var flushed = await flush;
        Assert.Equal((0, 9, "a defect"), (flushed.Delivered, flushed.Failed, flushed.FirstError!.Error.Reason));
        Assert.Equal(1, (await Flush()).Failed);
        Assert.Equal(0, (await Flush()).Failed);
    }

    [Fact]
    public async Task Records_that_ended_before_stay_as_they_ended()
    {
        var first = Send(0);
        var second = Send(0);
        var batch = _rig.Opened.Single();
        _rig.Reports.Ended(batch, 0, Verdict.Persisted(5, -1));
        _rig.Reports.EndAll(Topics, Lost);
        Assert.Equal((PersistenceStatus.Persisted, 5), ((await first).Status, (await first).Offset.Value));
        await Assert.ThrowsAsync<ProduceException>(async () => await second);
        var flushed = await Flush();
        Assert.Equal((1, 1), (flushed.Delivered, flushed.Failed));
    }
}
