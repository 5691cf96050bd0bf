using Semel.Machines.Turn;

namespace Semel.Machines.Producers;

/// <summary>When it is to be asked about transactions that have been open for too long. Times are by the steady clock; they belong to the machine and not to the log.</summary>
internal sealed class HangingSearch
{
    /// <summary>When the oldest can have been silent for long enough; null while none is open.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>A transaction has got a batch.</summary>
    public void Heard(TimeSpan heardAt, TimeSpan hangingAfter) => Due ??= heardAt + hangingAfter;

    /// <summary>Any of those that were loaded may have been silent for long.</summary>
    public void Loaded(LogProducers producers, TimeSpan now) => Due = producers.Open.Count > 0 ? now : null;

    /// <summary>Asks about each that has been silent for so long, and about each again after as long.</summary>
    public void Search<TReply>(LogProducers producers, TimeSpan hangingAfter, TimeSpan now, TurnOutput<TReply> output)
    {
        if (Due is not { } due || now < due) return;
        Due = null;
        foreach (var open in producers.Open.All)
        {
            ref readonly var producer = ref producers.Table[producers.Table.Find(open.ProducerId)];
            var hangs = producer.HeardAt + hangingAfter <= now;
            if (hangs) output.Emit(new AskAboutTransaction(open.ProducerId, open.Epoch, producer.CoordinatorEpoch));
            var next = (hangs ? now : producer.HeardAt) + hangingAfter;
            if (Due is null || next < Due) Due = next;
        }
    }
}
