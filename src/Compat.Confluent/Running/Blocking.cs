namespace Semel.Compat.Confluent;

/// <summary>Calls of the client below on a thread that waits for them, with this side's exceptions.</summary>
static class Blocking
{
    public static void Run(TimeSpan timeout, string what, Func<CancellationToken, ValueTask> call) => Run(timeout, what, async cancellation =>
    {
        await call(cancellation).ConfigureAwait(false);
        return true;
    });

    /// <exception cref="KafkaException">It failed, or was not done in time.</exception>
    public static T Run<T>(TimeSpan timeout, string what, Func<CancellationToken, ValueTask<T>> call)
    {
        using var limit = new Limit(timeout).Source();
        try
        {
            // The caller may have a synchronization context that waits for this thread.
            return Task.Run(() => call(limit.Token).AsTask()).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested)
        {
            throw new KafkaRetriableException(new Error(ErrorCode.Local_TimedOut, $"{what} was not done within {timeout.TotalMilliseconds:0} ms"), late);
        }
        catch (Inner.KafkaException failure)
        {
            throw Failures.Of(failure);
        }
    }
}
