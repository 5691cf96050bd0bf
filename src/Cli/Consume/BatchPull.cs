using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Consume;

/// <summary>Pulls batches, and gives up when none came for as long as somebody is willing to wait.</summary>
/// <param name="silence">Null waits for ever.</param>
public sealed class BatchPull(IConsumer<byte[], byte[]> consumer, OutputText output, TimeSpan? silence, TimeProvider time)
{
    /// <summary>No record came for as long as that.</summary>
    public bool TimedOut { get; private set; }

    /// <returns>Null when the silence has lasted too long.</returns>
    public async ValueTask<ConsumeBatch<byte[], byte[]>?> NextAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var pull = consumer.ConsumeBatchAsync(limited.Token);
        if (pull.IsCompleted) return await pull.ConfigureAwait(false);
        // Whoever reads along must see what there is before we wait for more.
        output.Flush();
        using var timer = silence is { } limit ? new CancellationTokenSource(limit, time) : null;
        await using var registration = timer?.Token.Register(limited.Cancel) ?? default;
        try
        {
            return await pull.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            TimedOut = true;
            return null;
        }
    }
}
