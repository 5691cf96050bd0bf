using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>Takes records, in their order.</summary>
public interface IRecordTarget
{
    /// <summary>Called before each record. Ends what is full, and begins what there has to be.</summary>
    ValueTask PrepareAsync(CancellationToken cancellation);

    /// <returns>False when there is no room at once: <see cref="EnqueueAsync"/> waits for it.</returns>
    bool TryProduce(string topic, in RawRecord record, out Delivery delivery);

    /// <inheritdoc cref="IProducer.EnqueueAsync"/>
    ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation);

    /// <summary>Nothing comes any more. Completes when all records have their reports, and what was begun has ended.</summary>
    Task CompleteAsync(CancellationToken cancellation);

    /// <summary>Not everything came. Ends soon: what was accepted is given a last chance, or what is not committed is given up.</summary>
    Task AbandonAsync();
}
