namespace Semel.Client.Producing.Accumulation;

/// <summary>Records that leave the waiting room: noted under its lock, told outside of it. For one thread.</summary>
internal sealed class Departures(IAccumulatorPort port)
{
    readonly List<(WaitingRecord Record, Delivery Delivery, Exception? Failure)> _records = [];

    public void Accepted(WaitingRecord record, Delivery delivery) => _records.Add((record, delivery, null));

    public void Refused(WaitingRecord record, Exception failure) => _records.Add((record, default, failure));

    /// <summary>Tells the calls that wait for them.</summary>
    public void Tell()
    {
        foreach (var (record, delivery, failure) in _records)
        {
            record.Cancellation.Dispose();
            record.ReturnReserved(port.Memory);
            if (failure is null) record.Complete(delivery);
            else Fail(record, failure);
        }
    }

    void Fail(WaitingRecord record, Exception failure)
    {
        record.Fail(failure);
        if (record.Callback is not null) port.Refused((ProduceException)failure, record.IsFailureWatched);
    }
}
