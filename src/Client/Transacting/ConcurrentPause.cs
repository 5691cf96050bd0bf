namespace Semel.Client.Transacting;

/// <summary>
/// How long to wait when a coordinator still ends the transaction before: it mostly takes milliseconds, and sometimes as long as a broker needs to start.
/// Pure.
/// </summary>
internal static class ConcurrentPause
{
    const double FirstMs = 20;

    /// <param name="answers">How often it was said, at least 1.</param>
    /// <param name="waited">Since it was said first.</param>
    public static TimeSpan After(int answers, TimeSpan waited)
    {
        var least = waited >= TimeSpan.FromSeconds(5) ? 1000 : waited >= TimeSpan.FromSeconds(2.5) ? 500 : waited >= TimeSpan.FromSeconds(1) ? 200 : FirstMs;
        var doubled = FirstMs * Math.Pow(2, Math.Min(answers - 1, 10));
        return TimeSpan.FromMilliseconds(Math.Max(least, Math.Min(doubled, 1000)));
    }
}
