namespace Semel.Broker.Handlers;

/// <summary>
/// How long a request waits for a disk that does not answer: as long as the request says, then its client is told, and what was begun goes on
/// behind it. Whoever waits in silence does not know whether anybody is there.
/// </summary>
internal static class Patience
{
    /// <summary>For requests that say nothing, or nothing that could be.</summary>
    public static readonly TimeSpan Unsaid = TimeSpan.FromSeconds(10);

    public static TimeSpan Of(int timeoutMs) => timeoutMs > 0 ? TimeSpan.FromMilliseconds(timeoutMs) : Unsaid;

    /// <summary>What was asked for, or <paramref name="late"/> when it has not come in time.</summary>
    public static Task<T> WithinAsync<T>(this Task<T> asked, TimeSpan patience, TimeProvider time, T late) =>
        asked.IsCompleted ? asked : WaitAsync(asked, patience, time, late);

    static async Task<T> WaitAsync<T>(Task<T> asked, TimeSpan patience, TimeProvider time, T late)
    {
        try
        {
            return await asked.WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            return late;
        }
    }
}
