using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>Each record is stored by itself.</summary>
public sealed class ProducerTarget(IProducer producer) : IRecordTarget
{
    /// <summary>How long what was accepted may still take when not everything came.</summary>
    static readonly TimeSpan LastChance = TimeSpan.FromSeconds(5);

    public ValueTask PrepareAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    public bool TryProduce(string topic, in RawRecord record, out Delivery delivery) => producer.TryProduce(topic, record, out delivery);

    public ValueTask<Delivery> EnqueueAsync(string topic, in RawRecord record, CancellationToken cancellation) =>
        producer.EnqueueAsync(topic, record, cancellation);

    public async Task CompleteAsync(CancellationToken cancellation) => await producer.FlushAsync(cancellation).ConfigureAwait(false);

    public async Task AbandonAsync()
    {
        using var limit = new CancellationTokenSource(LastChance);
        try
        {
            await producer.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What is not stored by now is reported as not stored when the producer closes.
        }
    }
}
