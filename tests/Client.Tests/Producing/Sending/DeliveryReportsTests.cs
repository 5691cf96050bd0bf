using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Client.Producing.Sending;
using Semel.Client.Tests.Connections;
using Semel.Client.Tests.Producing.Accumulation;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>When the producer ends by a defect, everybody is told all the same: who awaits, handlers, flushes before and after.</summary>
public class DeliveryReportsTests
{
    static readonly Verdict Lost = Verdict.PossiblyPersisted(new Error(LocalErrorCode.Closed, "a defect"));

    readonly AccumulatorPort _port = new(("batch.size", "1000"));
    readonly CompletionPump _pump = new(NullLogger.Instance);
    readonly DeliveryReports _reports;
    readonly TopicAccumulators _topics;
    readonly WaitingRoom _room;
    readonly List<(PersistenceStatus, LocalErrorCode?)> _told = [];

    public DeliveryReportsTests()
    {
        _reports = new DeliveryReports(_pump, NullLogger.Instance, () => _port.Now);
        _topics = new TopicAccumulators(_port, null, () => { });
        _port.Room = _room = new WaitingRoom(_port, _pump, new ManualTime());
        AccumulatorPort.Learn(_topics.Get("t"), 2);
    }

    Delivery Send(int partition, bool withHandler = false)
    {
        var callback = withHandler ? new DeliveryCallback<Null, byte[]>(report => _told.Add((report.Status, report.Error?.Error.LocalCode)), default) : null;
        Assert.True(_topics.Get("t").TryAppend(AccumulatorPort.Record(300, partition), 0, callback, out var delivery) is AppendOutcome.Accepted or AppendOutcome.AcceptedInNewBatch);
        return delivery;
    }

    Task<FlushResult> Flush() => _reports.BeginFlush(_room, _topics, isAwaitedByCaller: true).Task;

    [Fact]
    public async Task Records_that_have_not_ended_end_for_everybody()
    {
        // Two full batches and a begun one in the first partition, one with handlers in the second.
        var deliveries = Enumerable.Range(0, 7).Select(_ => Send(0)).ToList();
        for (var i = 0; i < 2; i++) deliveries.Add(Send(1, withHandler: true));
        var flush = Flush();
        deliveries.Add(Send(0));
        Assert.False(flush.IsCompleted);

        _reports.EndAll(_topics, Lost);
        foreach (var delivery in deliveries)
        {
            var failure = await Assert.ThrowsAsync<ProduceException>(async () => await delivery);
            Assert.Equal((PersistenceStatus.PossiblyPersisted, LocalErrorCode.Closed), (failure.Status, failure.Error.LocalCode));
        }
        await _pump.DrainAsync();
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
        var batch = _port.Opened.Single();
        _reports.Ended(batch, 0, Verdict.Persisted(5, -1));
        _reports.EndAll(_topics, Lost);
        Assert.Equal((PersistenceStatus.Persisted, 5), ((await first).Status, (await first).Offset.Value));
        await Assert.ThrowsAsync<ProduceException>(async () => await second);
        var flushed = await Flush();
        Assert.Equal((1, 1), (flushed.Delivered, flushed.Failed));
    }
}
